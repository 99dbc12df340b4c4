"""Pictures at the desk, for whoever may read the conversation they were sent in."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from api.desk.service import visible
from api.pictures.service import of_conversation
from api.services import Services, services_of
from api.staff.access import AtDesk

router = APIRouter(prefix="/api/v1/console", tags=["console: desk"])
Parts = Annotated[Services, Depends(services_of)]

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}


@router.get(
    "/conversations/{conversation_id}/pictures/{picture_id}",
    response_class=Response,
    responses={200: {"content": {"image/*": {}}, "description": "The picture"}},
)
async def picture(conversation_id: str, picture_id: str, _: AtDesk, services: Parts) -> Response:
    """A picture that the resident sent; only of conversations that were handed over."""
    async with services.database.reading() as session:
        await visible(session, conversation_id)
        found = await of_conversation(session, conversation_id, picture_id)
    name = f'inline; filename="picture.{found.type.removeprefix("image/")}"'
    return Response(found.content, media_type=found.type, headers=HEADERS | {"Content-Disposition": name})
