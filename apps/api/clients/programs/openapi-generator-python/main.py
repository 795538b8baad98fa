import os

import openapi_client
from openapi_client.models.project_keys_create_request import ProjectKeysCreateRequest
from openapi_client.models.project_keys_rename_request import ProjectKeysRenameRequest

project = os.environ["KEYS_PROJECT"]
configuration = openapi_client.Configuration(host=os.environ["KEYS_URL"], access_token=os.environ["KEYS_TOKEN"])
with openapi_client.ApiClient(configuration) as client:
    api = openapi_client.ProjectKeysApi(client)
    created = api.project_keys_create(project, ProjectKeysCreateRequest(name="ci-main é", ttl=4294967295))
    key = str(created.uuid)
    assert key in [str(listed.uuid) for listed in api.project_keys_list(project, per_page=255)]
    assert api.project_keys_rename(project, key, ProjectKeysRenameRequest(name="ci-release")).name == "ci-release"
    assert api.project_keys_view(project, key).revoked is None
    api.project_keys_revoke(project, key)
