"""Pages about doctors: finding one, and the doctor's own practice."""
