package main

import (
	"context"
	"log"
	"os"

	"example.com/client/keys"
)

func must[Answer any](answer Answer, _ any, err error) Answer {
	if err != nil {
		log.Fatal(err)
	}
	return answer
}

func main() {
	ctx := context.WithValue(context.Background(), keys.ContextAccessToken, os.Getenv("KEYS_TOKEN"))
	configuration := keys.NewConfiguration()
	configuration.Servers = keys.ServerConfigurations{{URL: os.Getenv("KEYS_URL")}}
	api := keys.NewAPIClient(configuration).ProjectKeysAPI
	project := os.Getenv("KEYS_PROJECT")

	wanted := keys.NewProjectKeysCreateRequest("ci-main é")
	wanted.SetTtl(4294967295)
	created := must(api.ProjectKeysCreate(ctx, project).ProjectKeysCreateRequest(*wanted).Execute())
	if listed := must(api.ProjectKeysList(ctx, project).PerPage(255).Execute()); len(listed) == 0 {
		log.Fatal("The key is not listed.")
	}
	change := keys.NewProjectKeysRenameRequest()
	change.SetName("ci-release")
	must(api.ProjectKeysRename(ctx, project, created.Uuid).ProjectKeysRenameRequest(*change).Execute())
	viewed := must(api.ProjectKeysView(ctx, project, created.Uuid).Execute())
	if viewed.Name != "ci-release" || viewed.Revoked != nil {
		log.Fatal("The key was not renamed.")
	}
	if _, err := api.ProjectKeysRevoke(ctx, project, created.Uuid).Execute(); err != nil {
		log.Fatal(err)
	}
}
