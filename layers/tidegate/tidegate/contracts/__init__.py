"""What passes from stage to stage. No module here knows AWS, a clock or the environment."""
