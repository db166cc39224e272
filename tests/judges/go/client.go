package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/arm"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"
	ml "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/machinelearning/armmachinelearning/v4"
)

// Where the client finds its cloud, and the calls to make one after the other.
type plan struct {
	Endpoint     string `json:"endpoint"`
	Authority    string `json:"authority"`
	Token        string `json:"token"`
	Subscription string `json:"subscription"`
	Calls        []call `json:"calls"`
}

// One method of one client of the SDK, for example "Jobs.CreateOrUpdate".
type call struct {
	Client    string          `json:"client"`
	Method    string          `json:"method"`
	Arguments []string        `json:"arguments"`
	Body      json.RawMessage `json:"body"`
}

type exchange struct {
	Method string `json:"method"`
	Path   string `json:"path"`
	Status int    `json:"status"`
	Body   string `json:"body"`
}

// What the SDK returned to its caller, and what was on the wire.
type outcome struct {
	Results   []any      `json:"results"`
	Error     string     `json:"error,omitempty"`
	Exchanges []exchange `json:"exchanges"`
}

type staticToken string

func (token staticToken) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: string(token), ExpiresOn: time.Now().Add(time.Hour)}, nil
}

// Sends requests and remembers them with their answers.
type recorder struct {
	client    *http.Client
	exchanges []exchange
}

func (recorder *recorder) Do(request *http.Request) (*http.Response, error) {
	response, err := recorder.client.Do(request)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(response.Body)
	response.Body.Close()
	response.Body = io.NopCloser(bytes.NewReader(body))
	recorder.exchanges = append(recorder.exchanges,
		exchange{request.Method, request.URL.Path, response.StatusCode, string(body)})
	return response, err
}

func runPlan(input io.Reader) ([]outcome, error) {
	var given plan
	if err := json.NewDecoder(input).Decode(&given); err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(given.Authority)) {
		return nil, fmt.Errorf("the authority is no certificate")
	}
	sent := &recorder{client: &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}}
	options := arm.ClientOptions{ClientOptions: policy.ClientOptions{
		Transport: sent,
		Cloud: cloud.Configuration{
			ActiveDirectoryAuthorityHost: given.Endpoint,
			Services: map[cloud.ServiceName]cloud.ServiceConfiguration{
				cloud.ResourceManager: {Audience: given.Endpoint, Endpoint: given.Endpoint},
			},
		},
	}}
	factory, err := ml.NewClientFactory(given.Subscription, staticToken(given.Token), &options)
	if err != nil {
		return nil, err
	}
	outcomes := make([]outcome, len(given.Calls))
	for at, wanted := range given.Calls {
		sent.exchanges = nil
		results, err := wanted.run(factory)
		outcomes[at] = outcome{Results: results, Exchanges: sent.exchanges}
		if err != nil {
			outcomes[at].Error = err.Error()
		}
	}
	return outcomes, nil
}

// Calls the method by its name: with the context if it takes one, the texts, the body in the type it declares, no options.
func (wanted call) run(factory *ml.ClientFactory) ([]any, error) {
	client := reflect.ValueOf(factory).MethodByName("New" + wanted.Client + "Client")
	if !client.IsValid() {
		return nil, fmt.Errorf("the SDK has no client %s", wanted.Client)
	}
	method := client.Call(nil)[0].MethodByName(wanted.Method)
	if !method.IsValid() {
		return nil, fmt.Errorf("the client %s has no method %s", wanted.Client, wanted.Method)
	}
	texts := wanted.Arguments
	arguments := make([]reflect.Value, method.Type().NumIn())
	for at := range arguments {
		switch kind := method.Type().In(at); {
		case kind == reflect.TypeFor[context.Context]():
			arguments[at] = reflect.ValueOf(context.Background())
		case kind.Kind() == reflect.String:
			if len(texts) == 0 {
				return nil, fmt.Errorf("%s.%s takes more arguments", wanted.Client, wanted.Method)
			}
			arguments[at] = reflect.ValueOf(texts[0]).Convert(kind)
			texts = texts[1:]
		case kind.Kind() == reflect.Struct:
			body := reflect.New(kind)
			if err := json.Unmarshal(wanted.Body, body.Interface()); err != nil {
				return nil, err
			}
			arguments[at] = body.Elem()
		default:
			arguments[at] = reflect.Zero(kind)
		}
	}
	return finish(method.Call(arguments))
}

// Waits for a poller, reads all pages of a pager, or returns the result.
func finish(returned []reflect.Value) ([]any, error) {
	if err := errorIn(returned); err != nil {
		return nil, err
	}
	result := returned[0]
	if wait := result.MethodByName("PollUntilDone"); wait.IsValid() {
		frequency := reflect.ValueOf(&runtime.PollUntilDoneOptions{Frequency: time.Second})
		return finish(wait.Call([]reflect.Value{reflect.ValueOf(context.Background()), frequency}))
	}
	next := result.MethodByName("NextPage")
	if !next.IsValid() {
		return []any{result.Interface()}, nil
	}
	pages := []any{}
	for result.MethodByName("More").Call(nil)[0].Bool() {
		page := next.Call([]reflect.Value{reflect.ValueOf(context.Background())})
		if err := errorIn(page); err != nil {
			return nil, err
		}
		pages = append(pages, page[0].Interface())
	}
	return pages, nil
}

func errorIn(returned []reflect.Value) error {
	if err, isError := returned[len(returned)-1].Interface().(error); isError {
		return err
	}
	return nil
}
