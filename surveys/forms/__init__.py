"""What people type, read and checked. Nothing here is written."""
