package main

// The bodies of one example, as values of the SDK's types. A missing one is nil.
type example struct {
	Request  any `json:"request,omitempty"`
	Response any `json:"response,omitempty"`
}

// Filled by the file that the tests generate from the examples of the module.
var examples = map[string]func() example{}

func allExamples() map[string]example {
	all := make(map[string]example, len(examples))
	for name, make := range examples {
		all[name] = make()
	}
	return all
}
