"""Pages about oneself: profile, sign-in address, signing in, and the office's profile."""
