/** Pulumi's type tokens of the resources that the rules are about (@pulumi/azure-native 3.28.0, `__pulumiType` of the classes). */
const machineLearning = (name: string): string => `azure-native:machinelearningservices:${name}`;

/** Resources of the program with handlers of its own (providers/). */
const dynamic = (name: string): string => `pulumi-nodejs:dynamic/azureml:${name}`;

export const types = {
  stack: "pulumi:pulumi:Stack",
  anyAzure: "azure-native:*",
  workspace: machineLearning("Workspace"),
  cluster: machineLearning("Compute"),
  endpoint: machineLearning("OnlineEndpoint"),
  deployment: machineLearning("OnlineDeployment"),
  registry: machineLearning("Registry"),
  storage: "azure-native:storage:StorageAccount",
  vault: "azure-native:keyvault:Vault",
  resourceGroup: "azure-native:resources:ResourceGroup",
  logs: "azure-native:operationalinsights:Workspace",
  insights: "azure-native:applicationinsights:Component",
  autoscale: "azure-native:monitor:AutoscaleSetting",
  promotedModel: "azureml-finetune:components:PromotedModel",
  job: dynamic("PipelineJob"),
  traffic: dynamic("Traffic"),
} as const;
