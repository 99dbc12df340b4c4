"""The public API of the widget and of everybody else: /api/v1."""

from fastapi import APIRouter

router = APIRouter(prefix="/api/v1")


@router.get("/health")
async def health() -> dict[str, str]:
    """Alive."""
    return {"status": "ok"}
