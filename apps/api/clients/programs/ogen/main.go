package main

import (
	"context"
	"log"
	"os"

	"example.com/client/api"
)

type token string

func (t token) Bearer(context.Context, api.OperationName) (api.Bearer, error) {
	return api.Bearer{Token: string(t)}, nil
}

func (t token) Basic(context.Context, api.OperationName) (api.Basic, error) {
	return api.Basic{Username: "ci", Password: string(t)}, nil
}

func must[Answer any](answer Answer, err error) Answer {
	if err != nil {
		log.Fatal(err)
	}
	return answer
}

func check(holds bool, promise string) {
	if !holds {
		log.Fatal("It does not hold that ", promise)
	}
}

func main() {
	ctx := context.Background()
	client := must(api.NewClient(os.Getenv("KEYS_URL"), token(os.Getenv("KEYS_TOKEN"))))
	project := api.ResourceId(os.Getenv("KEYS_PROJECT"))

	answer := must(client.ProjectKeysCreate(ctx, &api.ProjectKeysCreateReq{
		Name: "ci-main é", TTL: api.NewOptNilInt64(4294967295),
	}, api.ProjectKeysCreateParams{Project: project}))
	created, isCreated := answer.(*api.ProjectKeyCreatedHeaders)
	check(isCreated && created.Response.Key != "", "the key is created")
	key := api.UUID(created.Response.UUID.String())

	listed, isListed := must(client.ProjectKeysList(ctx, api.ProjectKeysListParams{
		Project: project, PerPage: api.NewOptInt64(255),
	})).(*api.ProjectKeysListOKHeaders)
	check(isListed && len(listed.Response) > 0, "the key is listed")

	renamed, isRenamed := must(client.ProjectKeysRename(ctx, &api.ProjectKeysRenameReq{
		Name: api.NewOptNilString("ci-release"),
	}, api.ProjectKeysRenameParams{Project: project, Key: key})).(*api.ProjectKeyHeaders)
	check(isRenamed && renamed.Response.Name == "ci-release", "the key is renamed")

	viewed, isViewed := must(client.ProjectKeysView(ctx, api.ProjectKeysViewParams{
		Project: project, Key: key,
	})).(*api.ProjectKeyHeaders)
	check(isViewed && !viewed.Response.Revoked.Set, "the key is viewed")

	_, isRevoked := must(client.ProjectKeysRevoke(ctx, api.ProjectKeysRevokeParams{
		Project: project, Key: key,
	})).(*api.ProjectKeysRevokeNoContent)
	check(isRevoked, "the key is revoked")
}
