import * as pulumi from "@pulumi/pulumi";

/** The folders of providers/ that contain a dynamic resource. */
export type ResourceFolder =
  "modelLookup" | "dataUpload" | "pipelineJob" | "modelShare" | "score" | "traffic" | "purgeOnDestroy";

/** Type names that states of version 0.1.0 contain instead of today's. */
const formerTypeNames: Partial<Record<ResourceFolder, string>> = {
  modelLookup: "FoundationModel",
  pipelineJob: "FineTuneJob",
  score: "EndpointScore",
};

/**
 * Base of the declarations in `<folder>/resource.ts`. Registers a dynamic resource without Pulumi's closure
 * serialization: the state contains one constant line that loads the compiled handler.
 */
export class DynamicResource extends pulumi.CustomResource {
  /**
   * @param outputNames properties that the handler adds to the inputs
   */
  constructor(
    folder: ResourceFolder,
    name: string,
    inputs: pulumi.Inputs,
    outputNames: readonly string[],
    options?: pulumi.CustomResourceOptions,
  ) {
    const outputs = Object.fromEntries(outputNames.map((output) => [output, undefined]));
    const formerName = formerTypeNames[folder];
    const typeName = folder.charAt(0).toUpperCase() + folder.slice(1);
    super(
      typeToken(typeName),
      name,
      { ...inputs, ...outputs, __provider: providerText(folder) },
      formerName ? pulumi.mergeOptions(options, { aliases: [{ type: typeToken(formerName) }] }) : options,
    );
  }
}

/**
 * The "code" of a dynamic resource as the state stores it. The engine starts the dynamic-provider host in the project
 * directory, so the text contains no machine path. It captures nothing, and a new handler also serves old states.
 */
export function providerText(folder: ResourceFolder): string {
  return `exports.handler=()=>new(require(process.cwd()+"/dist/providers/${folder}/handler.js").Handler)()`;
}

const typeToken = (typeName: string): string => `pulumi-nodejs:dynamic/azureml:${typeName}`;
