import org.openapitools.client.ApiClient;
import org.openapitools.client.api.ProjectKeysApi;
import org.openapitools.client.model.ProjectKeysCreateRequest;
import org.openapitools.client.model.ProjectKeysRenameRequest;

public class Main {
  public static void main(String[] words) throws Exception {
    ApiClient client = new ApiClient();
    client.setBasePath(System.getenv("KEYS_URL"));
    client.setBearerToken(System.getenv("KEYS_TOKEN"));
    ProjectKeysApi api = new ProjectKeysApi(client);
    String project = System.getenv("KEYS_PROJECT");

    ProjectKeysCreateRequest wanted = new ProjectKeysCreateRequest().name("ci-main é").ttl(4294967295L);
    String key = api.projectKeysCreate(project, wanted).getUuid().toString();
    check(!api.projectKeysList(project, 1L, 255L, null, null, null, null, null).isEmpty());
    ProjectKeysRenameRequest change = new ProjectKeysRenameRequest().name("ci-release");
    check(api.projectKeysRename(project, key, change).getName().equals("ci-release"));
    check(api.projectKeysView(project, key).getRevoked() == null);
    api.projectKeysRevoke(project, key);
    System.exit(0);
  }

  private static void check(boolean holds) {
    if (!holds) throw new AssertionError();
  }
}
