// Command opa answers Envoy's ext_authz calls with a decision of Open Policy Agent's library: what its Envoy plugin does, without
// the plugin's decision log, bundles and metrics. So it is a generous stand-in.
//
// Usage: opa ADDRESS POLICY DATA QUERY
package main

import (
	"bytes"
	"context"
	"log"
	"net"
	"net/url"
	"os"
	"strings"

	core "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	auth "github.com/envoyproxy/go-control-plane/envoy/service/auth/v3"
	types "github.com/envoyproxy/go-control-plane/envoy/type/v3"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
)

type server struct {
	auth.UnimplementedAuthorizationServer
	query rego.PreparedEvalQuery
}

func main() {
	if len(os.Args) != 5 {
		log.Fatal("usage: opa ADDRESS POLICY DATA QUERY")
	}
	policy, data := read(os.Args[2]), read(os.Args[3])
	query, err := rego.New(
		rego.Query(os.Args[4]),
		rego.Module("policy.rego", string(policy)),
		rego.Store(inmem.NewFromReader(bytes.NewReader(data))),
	).PrepareForEval(context.Background())
	check(err)
	listener, err := net.Listen("tcp", os.Args[1])
	check(err)
	serving := grpc.NewServer()
	auth.RegisterAuthorizationServer(serving, &server{query: query})
	check(serving.Serve(listener))
}

func (s *server) Check(ctx context.Context, request *auth.CheckRequest) (*auth.CheckResponse, error) {
	input, err := input(request.GetAttributes().GetRequest().GetHttp())
	if err != nil {
		return refused(), nil
	}
	results, err := s.query.Eval(ctx, rego.EvalParsedInput(input))
	if err != nil || !results.Allowed() {
		return refused(), nil
	}
	return &auth.CheckResponse{
		Status:       &status.Status{Code: int32(codes.OK)},
		HttpResponse: &auth.CheckResponse_OkResponse{OkResponse: &auth.OkHttpResponse{}},
	}, nil
}

// input has the names of the plugin.
func input(http *auth.AttributeContext_HttpRequest) (ast.Value, error) {
	headers := make(map[string]any, len(http.GetHeaders()))
	for name, value := range http.GetHeaders() {
		headers[name] = value
	}
	path, err := url.Parse(http.GetPath())
	if err != nil {
		return nil, err
	}
	var parsed []any
	for _, part := range strings.Split(strings.TrimLeft(path.Path, "/"), "/") {
		parsed = append(parsed, part)
	}
	return ast.InterfaceToValue(map[string]any{
		"attributes": map[string]any{"request": map[string]any{"http": map[string]any{
			"method": http.GetMethod(), "path": http.GetPath(), "host": http.GetHost(), "headers": headers,
		}}},
		"parsed_path": parsed,
	})
}

func refused() *auth.CheckResponse {
	return &auth.CheckResponse{
		Status: &status.Status{Code: int32(codes.PermissionDenied)},
		HttpResponse: &auth.CheckResponse_DeniedResponse{DeniedResponse: &auth.DeniedHttpResponse{
			Status:  &types.HttpStatus{Code: types.StatusCode_Forbidden},
			Headers: []*core.HeaderValueOption{},
		}},
	}
}

func read(file string) []byte {
	content, err := os.ReadFile(file)
	check(err)
	return content
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
