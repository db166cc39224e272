package main

import (
	"encoding/json"

	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/applicationinsights/armapplicationinsights"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/authorization/armauthorization/v2"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/consumption/armconsumption"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/keyvault/armkeyvault"
	ml "github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/machinelearning/armmachinelearning/v4"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/monitor/armmonitor"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/operationalinsights/armoperationalinsights"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/resources/armresources"
	"github.com/Azure/azure-sdk-for-go/sdk/resourcemanager/storage/armstorage"
)

// A model reads JSON into a type of the SDK and writes it again. What the type does not have gets lost.
type model func([]byte) ([]byte, error)

func of[T any]() model {
	return func(sent []byte) ([]byte, error) {
		var value T
		if err := json.Unmarshal(sent, &value); err != nil {
			return nil, err
		}
		return json.Marshal(value)
	}
}

// The names under which the tests ask for a type of the SDK.
var models = map[string]model{
	"applicationinsights.Component":                of[armapplicationinsights.Component](),
	"authorization.RoleAssignment":                 of[armauthorization.RoleAssignment](),
	"authorization.RoleAssignmentCreateParameters": of[armauthorization.RoleAssignmentCreateParameters](),
	"consumption.Budget":                           of[armconsumption.Budget](),
	"keyvault.CheckNameAvailability":               of[armkeyvault.VaultCheckNameAvailabilityParameters](),
	"keyvault.CheckNameAvailabilityResult":         of[armkeyvault.CheckNameAvailabilityResult](),
	"keyvault.DeletedVault":                        of[armkeyvault.DeletedVault](),
	"keyvault.Vault":                               of[armkeyvault.Vault](),
	"keyvault.VaultCreateOrUpdateParameters":       of[armkeyvault.VaultCreateOrUpdateParameters](),
	"monitor.ActionGroup":                          of[armmonitor.ActionGroupResource](),
	"monitor.AutoscaleSetting":                     of[armmonitor.AutoscaleSettingResource](),
	"monitor.DiagnosticSettings":                   of[armmonitor.DiagnosticSettingsResource](),
	"monitor.MetricAlert":                          of[armmonitor.MetricAlertResource](),
	"monitor.ScheduledQueryRule":                   of[armmonitor.ScheduledQueryRuleResource](),
	"operationalinsights.Workspace":                of[armoperationalinsights.Workspace](),
	"resources.Provider":                           of[armresources.Provider](),
	"resources.ResourceGroup":                      of[armresources.ResourceGroup](),
	"storage.Account":                              of[armstorage.Account](),
	"storage.CheckNameAvailability":                of[armstorage.AccountCheckNameAvailabilityParameters](),
	"storage.CheckNameAvailabilityResult":          of[armstorage.CheckNameAvailabilityResult](),
	"storage.AccountCreateParameters":              of[armstorage.AccountCreateParameters](),

	"ml.ComputeResource":              of[ml.ComputeResource](),
	"ml.DataVersionBase":              of[ml.DataVersionBase](),
	"ml.Datastore":                    of[ml.Datastore](),
	"ml.EndpointAuthKeys":             of[ml.EndpointAuthKeys](),
	"ml.JobBase":                      of[ml.JobBase](),
	"ml.ListUsagesResult":             of[ml.ListUsagesResult](),
	"ml.ModelVersion":                 of[ml.ModelVersion](),
	"ml.OnlineDeployment":             of[ml.OnlineDeployment](),
	"ml.OnlineDeployments":            of[ml.OnlineDeploymentTrackedResourceArmPaginatedResult](),
	"ml.OnlineEndpoint":               of[ml.OnlineEndpoint](),
	"ml.VirtualMachineSizeListResult": of[ml.VirtualMachineSizeListResult](),
	"ml.Workspace":                    of[ml.Workspace](),
}
