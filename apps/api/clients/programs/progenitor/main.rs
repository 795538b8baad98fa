use project_keys_client::{types, Client};
use std::env::var;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let authorization = format!("Bearer {}", var("KEYS_TOKEN")?).parse()?;
    let headers = reqwest::header::HeaderMap::from_iter([(reqwest::header::AUTHORIZATION, authorization)]);
    let http = reqwest::Client::builder().default_headers(headers).build()?;
    let client = Client::new_with_client(&var("KEYS_URL")?, http);
    let project = var("KEYS_PROJECT")?;

    let wanted = types::ProjectKeysCreateBody::builder()
        .name(types::Name::try_from("ci-main é")?)
        .ttl(std::num::NonZeroU64::new(4294967295));
    let created = client.project_keys_create().project(project.as_str()).body(wanted).send().await?.into_inner();
    let key = created.uuid.to_string();
    let listed = client.project_keys_list().project(project.as_str()).per_page(255).send().await?.into_inner();
    assert!(listed.iter().any(|listed| listed.uuid == created.uuid));
    let change = types::ProjectKeysRenameBody::builder().name("ci-release".parse::<types::ProjectKeysRenameBodyName>().ok());
    let renamed = client.project_keys_rename().project(project.as_str()).key(key.as_str()).body(change).send().await?.into_inner();
    assert_eq!(renamed.name, "ci-release");
    assert!(client.project_keys_view().project(project.as_str()).key(key.as_str()).send().await?.into_inner().revoked.is_none());
    client.project_keys_revoke().project(project.as_str()).key(key.as_str()).send().await?;
    Ok(())
}
