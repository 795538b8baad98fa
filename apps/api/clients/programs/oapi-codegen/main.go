package main

import (
	"context"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"

	"github.com/getkin/kin-openapi/openapi3filter"
	validator "github.com/oapi-codegen/nethttp-middleware"

	"example.com/client/api"
)

func must[Answer any](answer Answer, err error) Answer {
	if err != nil {
		log.Fatal(err)
	}
	return answer
}

// Refuses what the document does not allow, as a server made from it would, before the service sees it.
func validating(target *url.URL) http.Handler {
	document := must(api.GetSpec())
	options := openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc}
	validate := validator.OapiRequestValidatorWithOptions(document, &validator.Options{Options: options})
	proxy := &httputil.ReverseProxy{Rewrite: func(request *httputil.ProxyRequest) { request.SetURL(target) }}
	return validate(proxy)
}

func main() {
	ctx := context.Background()
	server := httptest.NewServer(validating(must(url.Parse(os.Getenv("KEYS_URL")))))
	defer server.Close()
	authorize := func(_ context.Context, request *http.Request) error {
		request.Header.Set("Authorization", "Bearer "+os.Getenv("KEYS_TOKEN"))
		return nil
	}
	client := must(api.NewClientWithResponses(server.URL, api.WithRequestEditorFn(authorize)))
	project := os.Getenv("KEYS_PROJECT")

	ttl := int64(4294967295)
	created := must(client.ProjectKeysCreateWithResponse(ctx, project, api.ProjectKeysCreateJSONRequestBody{
		Name: "ci-main é", Ttl: &ttl,
	}))
	if created.JSON201 == nil {
		log.Fatal(created.Status(), string(created.Body))
	}
	key := created.JSON201.Uuid.String()
	perPage := int64(255)
	listed := must(client.ProjectKeysListWithResponse(ctx, project, &api.ProjectKeysListParams{PerPage: &perPage}))
	if listed.JSON200 == nil || len(*listed.JSON200) == 0 {
		log.Fatal(listed.Status(), string(listed.Body))
	}
	name := "ci-release"
	renamed := must(client.ProjectKeysRenameWithResponse(ctx, project, key, api.ProjectKeysRenameJSONRequestBody{Name: &name}))
	if renamed.JSON200 == nil {
		log.Fatal(renamed.Status(), string(renamed.Body))
	}
	viewed := must(client.ProjectKeysViewWithResponse(ctx, project, key))
	if viewed.JSON200 == nil || viewed.JSON200.Name != name || viewed.JSON200.Revoked != nil {
		log.Fatal(viewed.Status(), string(viewed.Body))
	}
	revoked := must(client.ProjectKeysRevokeWithResponse(ctx, project, key))
	if revoked.StatusCode() != http.StatusNoContent {
		log.Fatal(revoked.Status(), string(revoked.Body))
	}
}
