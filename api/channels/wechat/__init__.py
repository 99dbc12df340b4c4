"""A WeChat Service Account: the same services, pushed to us and answered within five seconds or later."""
