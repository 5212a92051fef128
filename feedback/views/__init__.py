"""Pages of concerns, actions and reports back."""
