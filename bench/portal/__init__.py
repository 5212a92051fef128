"""The portal's own operations under the same load as the floors."""
