import os

from project_keys_client import AuthenticatedClient
from project_keys_client.api.project_keys import (
    project_keys_create,
    project_keys_list,
    project_keys_rename,
    project_keys_revoke,
    project_keys_view,
)
from project_keys_client.models import ProjectKeysCreateBody, ProjectKeysRenameBody

project = os.environ["KEYS_PROJECT"]
with AuthenticatedClient(base_url=os.environ["KEYS_URL"], token=os.environ["KEYS_TOKEN"]) as client:
    wanted = ProjectKeysCreateBody(name="ci-main é", ttl=4294967295)
    created = project_keys_create.sync(project, client=client, body=wanted)
    key = str(created.uuid)
    assert created.key
    assert key in [str(listed.uuid) for listed in project_keys_list.sync(project, client=client, per_page=255)]
    change = ProjectKeysRenameBody(name="ci-release")
    assert project_keys_rename.sync(project, key, client=client, body=change).name == "ci-release"
    assert not project_keys_view.sync(project, key, client=client).revoked
    assert project_keys_revoke.sync_detailed(project, key, client=client).status_code == 204
