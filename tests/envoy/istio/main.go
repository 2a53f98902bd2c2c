// Translates AuthorizationPolicy and RequestAuthentication into Envoy's HTTP filters with istiod's own code: reads workloads from standard
// input, writes for each the filters of its sidecar, and of a waypoint in front of its service, to standard output.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	hcm "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"

	"istio.io/api/label"
	"istio.io/istio/pilot/pkg/config/kube/crd"
	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pilot/pkg/networking"
	"istio.io/istio/pilot/pkg/networking/core"
	"istio.io/istio/pilot/pkg/networking/plugin/authn"
	"istio.io/istio/pilot/pkg/networking/plugin/authz"
	"istio.io/istio/pilot/pkg/serviceregistry/provider"
	"istio.io/istio/pkg/log"
	"istio.io/istio/pkg/test"
	"istio.io/istio/pkg/util/protomarshal"
)

// Workload is what filters are made for.
type Workload struct {
	// Resources is YAML, as it would be applied.
	Resources string            `json:"resources"`
	Namespace string            `json:"namespace"`
	Service   string            `json:"service"`
	Labels    map[string]string `json:"labels"`
}

// Answer is two lists of HTTP filters, and what istiod's webhook says against the resources.
type Answer struct {
	Invalid  string            `json:"invalid"`
	Sidecar  []json.RawMessage `json:"sidecar"`
	Waypoint []json.RawMessage `json:"waypoint"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	options := log.DefaultOptions()
	options.OutputPaths = []string{"stderr"}
	options.SetDefaultOutputLevel(log.OverrideScopeName, log.WarnLevel)
	if err := log.Configure(options); err != nil {
		return err
	}
	var workloads []Workload
	if err := json.NewDecoder(os.Stdin).Decode(&workloads); err != nil {
		return err
	}
	answers := make([]Answer, len(workloads))
	for position, workload := range workloads {
		if err := test.Wrap(func(t test.Failer) { answers[position] = answer(t, workload) }); err != nil {
			return fmt.Errorf("%s/%s: %w", workload.Namespace, workload.Service, err)
		}
	}
	return json.NewEncoder(os.Stdout).Encode(answers)
}

func answer(t test.Failer, workload Workload) Answer {
	configs, _, err := crd.ParseInputs(workload.Resources)
	if err != nil {
		return Answer{Invalid: err.Error()}
	}
	push := core.NewConfigGenTest(t, core.TestOptions{Configs: configs}).PushContext()
	sidecar := &model.Proxy{Type: model.SidecarProxy, ConfigNamespace: workload.Namespace, Labels: workload.Labels}
	waypoint := &model.Proxy{
		Type:            model.Waypoint,
		ConfigNamespace: workload.Namespace,
		Labels:          map[string]string{label.IoK8sNetworkingGatewayGatewayName.Name: "waypoint"},
	}
	service := &model.Service{Attributes: model.ServiceAttributes{
		ServiceRegistry: provider.Kubernetes, Name: workload.Service, Namespace: workload.Namespace,
	}}
	return Answer{Sidecar: filters(t, push, sidecar, nil), Waypoint: filters(t, push, waypoint, service)}
}

// In the order of istiod's listeners. A waypoint knows its peer by what ztunnel says; here the peer shows its certificate to both.
func filters(t test.Failer, push *model.PushContext, proxy *model.Proxy, service *model.Service) []json.RawMessage {
	class := networking.ListenerClassSidecarInbound
	var all []*hcm.HttpFilter
	all = append(all, authz.NewBuilderForService(authz.Custom, push, proxy, false, service).BuildHTTP(class)...)
	all = append(all, authn.NewBuilderForService(push, proxy, service).BuildHTTP(class)...)
	all = append(all, authz.NewBuilderForService(authz.Local, push, proxy, false, service).BuildHTTP(class)...)
	written := make([]json.RawMessage, len(all))
	for position, filter := range all {
		bytes, err := protomarshal.MarshalProtoNames(filter)
		if err != nil {
			t.Fatal(err)
		}
		written[position] = bytes
	}
	return written
}
