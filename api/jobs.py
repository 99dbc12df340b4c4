"""What runs beside the requests."""

from api.services import Services


async def start_jobs(services: Services) -> None:
    """Start the periodic work."""
