/**
 * What the state keeps as the "code" of a dynamic resource: one constant text that loads the compiled handler at run
 * time. The engine starts the dynamic-provider host in the project directory, so the text holds no path of a machine,
 * captures nothing, and today's handler serves yesterday's state.
 */
export function providerText(handler: HandlerName): string {
  return `exports.handler=()=>new(require(process.cwd()+"/dist/providers/handlers/${handler}.js").Handler)()`;
}

/** The files in providers/handlers/ named in states: never rename or delete one. */
export type HandlerName =
  "foundationModel" | "dataUpload" | "fineTuneJob" | "traffic" | "endpointScore" | "purgeOnDestroy";

/** Wire type of a dynamic resource, as states and policies see it. */
export function wireType(name: string): string {
  return `pulumi-nodejs:dynamic/azureml:${name}`;
}
