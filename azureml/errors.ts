/**
 * Catalogue of all errors of the Azure ML clients and dynamic resources: one entry per code. A message is
 * complete by itself, because the dynamic-provider host forwards only the message:
 * `[Code] property: value seen; what is allowed. What to do next.`
 */

interface Entry {
  /** `{name}` is replaced by the parameter of that name. */
  message: string;
  remedy: string;
}

export const errorCatalogue = {
  // Cloud and credential.
  UnknownEnvironment: {
    message: 'azure-native:environment: "{environment}" is not a known cloud; allowed: {allowed}',
    remedy: "Set one of these clouds, or set azure-native:metadataHost for any other cloud.",
  },
  MetadataUnavailable: {
    message: "azure-native:metadataHost: {url} returned no usable cloud description ({detail})",
    remedy:
      "Check that the host is correct (ARM_METADATA_HOSTNAME) and its certificate trusted. For the local cloud run `npm start`.",
  },
  NoCredential: {
    message: "credential: {method} returned no token for {scope} ({detail})",
    remedy: "{next} The azure-native provider uses the same identity and tries no other one.",
  },
  LoginSettings: {
    message: "{property}: {seen}",
    remedy: "{remedy} docs/azure.md describes the identities.",
  },
  CliAccount: {
    message: "credential: the Azure CLI did not show the account ({detail})",
    remedy:
      "Run `az login` (and `az account set --subscription <id>`), or configure another identity for the azure-native provider: docs/azure.md.",
  },
  NotReachable: {
    message: "{what}: {host} does not respond ({detail})",
    remedy:
      "Check the network and the proxy (for the local cloud: `npm run local -- status`), then run the command again.",
  },
  Unauthorized: {
    message: "{what}: Azure denied access to the current identity ({status} {code}: {detail})",
    remedy: "Log in again, or assign the role named above to this identity (usually AzureML Data Scientist).",
  },
  NotFound: {
    message: "{what}: not found ({code}: {detail})",
    remedy: "Check the name, the subscription and the region.",
  },
  QuotaExceeded: {
    message: "{what}: the quota is exceeded ({code}: {detail})",
    remedy: "Request a higher quota in the Azure portal, set a smaller size, or delete unused resources.",
  },
  RequestRefused: {
    message: "{what}: Azure rejected the request ({status} {code}: {detail})",
    remedy: "Correct the cause given above and run the command again.",
  },
  ServiceFailed: {
    message: "{what}: Azure returned an error ({status} {code}: {detail})",
    remedy:
      "Run the command again: completed work is not repeated. If the error persists, give Azure support the request id {requestId}.",
  },
  UnexpectedResponse: {
    message: "{what}: the response has no usable {field}",
    remedy: "The service may have changed. Report it with the request id {requestId}.",
  },
  OperationFailed: {
    message: "{what}: the operation ended as {status} ({code}: {detail})",
    remedy: "Correct the cause given above and run the command again.",
  },
  OperationTimeout: {
    message: "{what}: not finished after {minutes} minutes; last status: {status}",
    remedy: "Check the resource in the Azure portal. Run the command again to continue waiting.",
  },

  Unexpected: {
    message: "{what}: {detail}",
    remedy: "This is a bug in azureml-finetune. Report it with this message.",
  },

  // Inputs of the dynamic resources.
  InvalidInput: {
    message: "{property}: {detail}",
    remedy: "Correct the value in the stack's configuration.",
  },

  // Registry.
  RegistryNotFound: {
    message: 'registry: registry "{registry}" does not exist ({detail})',
    remedy: "Check foundationModel.registry (the notebook uses azureml).",
  },
  AssetNotFound: {
    message: '{what}: "{name}" has no version {version} in registry {registry}; newest versions: {available}',
    remedy: 'Set one of these versions, or "latest".',
  },

  // Data.
  LocalFileMissing: {
    message: "file: {file} does not exist",
    remedy:
      "Run `node dist/scripts/download-dataset.js --help`, and with the options of the stack's data set. Then run `up` again.",
  },
  PreparationFailed: {
    message: "file: {file} is absent or has other content, and the data step failed ({detail})",
    remedy: "Correct the cause given above and run `up` again. The command was: {command}",
  },
  SourceChanged: {
    message:
      "sha256: this stack is pinned to {file} with {expected}, but the data step now writes {actual} from the same settings",
    remedy:
      "The content at the source has changed. Restore it, or change dataset.revision (for your own files: the files) to use the new content, which trains again.",
  },
  LocalFileChanged: {
    message: "sha256: {file} has {actual}, expected {expected}",
    remedy: "The file changed while it was in use. Run `up` again to prepare and hash the data again.",
  },
  UploadUnverified: {
    message: "{blob}: after the upload the blob store reports {actual}, expected {expected}",
    remedy: "Run `up` again to upload the file again.",
  },
  BlobAccessDenied: {
    message: "{blob}: access is denied to the current identity and to the datastore's own key ({detail})",
    remedy: "Assign this identity the role Storage Blob Data Contributor on the workspace's storage account.",
  },
  BlobNotFound: {
    message: "{blob}: the blob does not exist",
    remedy: "Run `refresh` and then `up`, which uploads missing data.",
  },
  UnsupportedDataUri: {
    message:
      "{property}: {uri} is not a data URI of an Azure Blob datastore; allowed: azureml://subscriptions/…/datastores/…/paths/…",
    remedy: "Use the long form of the data URI.",
  },

  // Recovery.
  ForeignResource: {
    message: "recovery: not of this stack, but with the name of one of its resources: {resources}",
    remedy:
      "Delete it, or use other names: another stack name, workspace.generation, or the name in the stack's configuration.",
  },

  // Fine-tuning.
  ForeignJob: {
    message: "jobName: job {job} already exists and was created for other inputs ({detail})",
    remedy: "Use another namePrefix (stack or project name), or delete that job in Azure ML studio.",
  },
  TooManyAttempts: {
    message: "jobName: all {attempts} attempts of job {job} have failed",
    remedy:
      "Check the last attempt ({studioUrl}), correct its cause, and change an input or delete the failed jobs.",
  },
  JobFailed: {
    message: "{job}: the fine-tuning job ended with status {status}{step}: {detail}",
    remedy:
      "Check {studioUrl}, correct the cause and run `up` again to start the next attempt. All other resources are kept.",
  },
  JobCanceled: {
    message: "{job}: the fine-tuning job was canceled in Azure ML{detail}",
    remedy: "Run `up` again to start the next attempt. Studio: {studioUrl}",
  },
  JobNotResponding: {
    message: "{job}: Azure ML lost contact with the job's node (NotResponding){detail}",
    remedy: "Run `up` again to start the next attempt. Studio: {studioUrl}",
  },
  JobPaused: {
    message: "{job}: the job is Paused and does not continue by itself{detail}",
    remedy: "Resume or cancel it in Azure ML studio ({studioUrl}), then run `up` again.",
  },
  JobDeadline: {
    message: "deadlineMinutes: {job} was still {status} after {minutes} minutes and was canceled",
    remedy:
      "Raise finetune.deadlineMinutes or set a larger compute size. `up` starts the next attempt. Studio: {studioUrl}",
  },
  JobLost: {
    message: "{job}: the job was deleted while it was running",
    remedy: "Run `up` again to submit the job again.",
  },
  LossGate: {
    message: "gate.maxEvalLoss: eval_loss of {job}, measured on {data}, is {value}; allowed: at most {limit}",
    remedy:
      "Change the training parameters or the gate. Nothing is deployed from this job. Studio: {studioUrl}",
  },
  LossGateNoMetric: {
    message: "gate.maxEvalLoss: {job} logged no eval_loss, so the limit {limit} cannot be checked",
    remedy:
      'Set evaluation_strategy to "epoch", or to "steps" with eval_steps below the number of optimizer steps, or remove the gate. Studio: {studioUrl}',
  },

  // Serving.
  EndpointMissing: {
    message: "endpointName: endpoint {endpoint} does not exist in workspace {workspace}",
    remedy: "Run `refresh` and then `up`, which creates it.",
  },
  EndpointBusy: {
    message:
      "endpointName: endpoint {endpoint} was busy with another operation for {minutes} minutes ({detail})",
    remedy: "Wait until that operation has finished, then run `up` again.",
  },
  ScoringFailed: {
    message:
      "deploymentName: deployment {deployment} of endpoint {endpoint} did not answer the question ({status}: {detail})",
    remedy:
      "Check the deployment's logs in Azure ML studio, correct the cause and run `up` again. The traffic is unchanged.",
  },
  ScoringEmpty: {
    message: "deploymentName: deployment {deployment} of endpoint {endpoint} returned no text ({detail})",
    remedy: "Check the deployed model. The traffic is unchanged.",
  },
  NoScoringRow: {
    message: "heldOut: {uri} has no row that can be used as a question ({detail})",
    remedy: "Check the data set: rows need prompt, messages and prompt_id.",
  },
} as const satisfies Record<string, Entry>;

export type ErrorCode = keyof typeof errorCatalogue;

type Names<T extends string> = T extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;

/** The parameters of a code's message and remedy. */
type ErrorParameters<C extends ErrorCode> = Record<
  Names<(typeof errorCatalogue)[C]["message"] | (typeof errorCatalogue)[C]["remedy"]>,
  string | number
>;

/** An error of the catalogue. `message` is complete for a person; `cause` is the original error. */
export class AzureMlError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "AzureMlError";
  }
}

/** The complete message of an error code. */
export function errorMessage<C extends ErrorCode>(code: C, parameters: ErrorParameters<C>): string {
  const values = parameters as Record<string, string | number>;
  const fill = (text: string): string =>
    text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? "unknown"));
  const { message, remedy } = errorCatalogue[code];
  const what = fill(message);
  return `[${code}] ${what}${/[.!?]$/.test(what) ? "" : "."} ${fill(remedy)}`;
}

/** Creates an error of the catalogue. */
export function azureMlError<C extends ErrorCode>(
  code: C,
  parameters: ErrorParameters<C>,
  options?: ErrorOptions,
): AzureMlError {
  return new AzureMlError(code, errorMessage(code, parameters), options);
}

/** The message of any thrown value, without a stack. */
export function errorText(error: unknown): string {
  if (error instanceof Error) return error.message || error.name;
  return typeof error === "string" ? error : JSON.stringify(error);
}
