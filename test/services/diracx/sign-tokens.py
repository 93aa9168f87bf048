"""Signs the access tokens for a DiracX of the tests with its own key: sign-tokens.py FOLDER. The settings come from the environment."""
import os
import pathlib
import sys
from datetime import datetime, timedelta, timezone

from diracx.core.models.auth import AccessTokenPayload, TokenResponse
from diracx.core.settings import AuthSettings
from diracx.core.utils import write_credentials
from diracx.logic.auth.token import create_token
from uuid_utils import uuid7

FOLDER = pathlib.Path(sys.argv[1])
DAY = 86400
SETTINGS = AuthSettings()


def token(seconds, *properties):
    payload = AccessTokenPayload(
        sub="ops:75212b23-14c2-47be-9374-eb0113b0575e",
        vo="ops",
        iss=SETTINGS.token_issuer,
        dirac_properties=properties,
        dirac_policies={},
        jti=str(uuid7()),
        preferred_username="mallory",
        dirac_group="user",
        exp=datetime.now(timezone.utc) + timedelta(seconds=seconds),
    )
    return create_token(payload, SETTINGS)


os.umask(0o077)
pilot = token(DAY, "NormalUser", "JobAdministrator")
files = {
    "good": token(DAY, "NormalUser"),
    "powerless": token(DAY, "JobSharing"),
    "expired": token(-60, "NormalUser"),
    "pilot": pilot,
}
for name, content in files.items():
    (FOLDER / name).write_text(content)
# The pilot's client wants a form of its own.
write_credentials(TokenResponse(access_token=pilot, expires_in=DAY), location=FOLDER / "credentials.json")
