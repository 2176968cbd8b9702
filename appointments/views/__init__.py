"""Pages about appointments: booking one, one's visits, and the doctor's desk."""
