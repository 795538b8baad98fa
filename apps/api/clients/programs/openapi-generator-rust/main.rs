use openapi::apis::{configuration::Configuration, project_keys_api as api};
use openapi::models::{ProjectKeysCreateRequest, ProjectKeysRenameRequest};
use std::env::var;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let project = &var("KEYS_PROJECT")?;
    let configuration = &Configuration {
        base_path: var("KEYS_URL")?,
        bearer_access_token: Some(var("KEYS_TOKEN")?),
        ..Configuration::new()
    };

    let mut wanted = ProjectKeysCreateRequest::new("ci-main é".to_string());
    wanted.ttl = Some(Some(4294967295));
    let key = &api::project_keys_create(configuration, project, wanted).await?.uuid.to_string();
    let listed = api::project_keys_list(configuration, project, None, Some(255), None, None, None, None, None).await?;
    assert!(listed.iter().any(|listed| listed.uuid.to_string() == *key));
    let mut change = ProjectKeysRenameRequest::new();
    change.name = Some(Some("ci-release".to_string()));
    assert_eq!(api::project_keys_rename(configuration, project, key, change).await?.name, "ci-release");
    assert!(api::project_keys_view(configuration, project, key).await?.revoked.is_none());
    api::project_keys_revoke(configuration, project, key).await?;
    Ok(())
}
