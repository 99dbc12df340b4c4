"""Pictures that residents send: kept beside their message, without what a photo tells of where it was taken."""
