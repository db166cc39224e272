/**
 * The catalogue of everything that can go wrong when we talk to Azure ML: one entry per code with the text a person
 * reads. An error's message is complete by itself, because the dynamic-provider host passes nothing but the message on:
 * `[Code] property: what was seen; what is allowed. What to do.`
 */

interface Entry {
  /** `{name}` is replaced by the parameter of that name. */
  message: string;
  remedy: string;
}

export const errorCatalogue = {
  // Finding and entering the cloud.
  UnknownEnvironment: {
    message: 'azure-native:environment: "{environment}" is not a known cloud; allowed: {allowed}',
    remedy: "Set one of these, or azure-native:metadataHost for any other cloud.",
  },
  MetadataUnavailable: {
    message: "azure-native:metadataHost: {url} gave no usable cloud description ({detail})",
    remedy:
      "Check the host (ARM_METADATA_HOSTNAME) and that its certificate is trusted; for the local cloud run `npm start`.",
  },
  NoCredential: {
    message: "credential: no Azure credential works for {scope} ({detail})",
    remedy:
      "Run `az login`, or set AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_CLIENT_SECRET, or run where a managed identity exists.",
  },
  NotReachable: {
    message: "{what}: {host} does not answer ({detail})",
    remedy:
      "Check the network and the proxy, for the local cloud `npm run local -- status`, then run the command again.",
  },
  Unauthorized: {
    message: "{what}: the identity in use is refused ({status} {code}: {detail})",
    remedy:
      "Log in again, or give this identity the role the message names (AzureML Data Scientist as a rule).",
  },
  NotFound: {
    message: "{what}: not found ({code}: {detail})",
    remedy: "Check the name, the subscription and the region.",
  },
  QuotaExceeded: {
    message: "{what}: the quota does not suffice ({code}: {detail})",
    remedy: "Ask for more quota in the Azure portal, take a smaller size, or free what is not used.",
  },
  RequestRefused: {
    message: "{what}: Azure refused the request ({status} {code}: {detail})",
    remedy: "Correct what the message names and run the command again.",
  },
  ServiceFailed: {
    message: "{what}: Azure failed ({status} {code}: {detail})",
    remedy:
      "Run the command again; nothing is done twice. If it stays, give Azure support the request id {requestId}.",
  },
  UnexpectedAnswer: {
    message: "{what}: the answer has no usable {field}",
    remedy: "The service may have changed. Please report it with the request id {requestId}.",
  },
  OperationFailed: {
    message: "{what}: the operation ended as {status} ({code}: {detail})",
    remedy: "Correct what the message names and run the command again.",
  },
  OperationTimeout: {
    message: "{what}: not finished after {minutes} minutes, last state {status}",
    remedy: "Look at the resource in the Azure portal; run the command again to go on waiting.",
  },

  Unexpected: {
    message: "{what}: {detail}",
    remedy: "This is a fault in azureml-finetune; please report it with this text.",
  },

  // Inputs of the dynamic resources.
  InvalidInput: {
    message: "{property}: {detail}",
    remedy: "Correct the value in the stack's configuration.",
  },

  // Registry.
  RegistryNotFound: {
    message: 'registry: there is no registry "{registry}" ({detail})',
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
      "Prepare the data set first: `node dist/scripts/download-dataset.js --dataset <name> --download_dir <folder of this file> --dataset_split_pc <n>`, or run `up`, which does.",
  },
  LocalFileChanged: {
    message: "sha256: {file} has {actual}, expected {expected}",
    remedy: "The file changed while it was used. Run `up` again; it prepares and hashes the data anew.",
  },
  UploadUnverified: {
    message: "{blob}: after the upload the store reports {actual}, expected {expected}",
    remedy: "Run `up` again; only complete uploads count.",
  },
  BlobAccessDenied: {
    message: "{blob}: neither the identity in use nor the datastore's own key may use it ({detail})",
    remedy: "Give the identity the role Storage Blob Data Contributor on the workspace's storage account.",
  },
  BlobNotFound: {
    message: "{blob}: not in the blob store",
    remedy: "Run `refresh` and then `up`, which uploads what is missing.",
  },
  UnsupportedDataUri: {
    message:
      "{property}: {uri} is not azureml://subscriptions/…/datastores/…/paths/… of an Azure Blob datastore",
    remedy: "Give the long form of the data URI.",
  },

  // Fine-tuning.
  ForeignJob: {
    message: "jobName: {job} exists already and was not made for these inputs ({detail})",
    remedy: "Use another namePrefix (stack or project name), or delete that job in Azure ML studio.",
  },
  TooManyAttempts: {
    message: "jobName: {job} and its {attempts} attempts have all failed",
    remedy:
      "Look at the last one ({studioUrl}), correct its cause, and change an input or delete the failed jobs.",
  },
  JobFailed: {
    message: "{job}: the fine-tuning job ended as {status}{step}: {detail}",
    remedy:
      "Look at {studioUrl}, correct the cause and run `up` again: it starts the next attempt, everything else is kept.",
  },
  JobCanceled: {
    message: "{job}: the fine-tuning job was canceled (somebody or something stopped it in Azure ML){detail}",
    remedy: "Run `up` again to start the next attempt. Studio: {studioUrl}",
  },
  JobNotResponding: {
    message: "{job}: Azure ML has lost contact with the job's node (NotResponding){detail}",
    remedy: "Run `up` again to start the next attempt. Studio: {studioUrl}",
  },
  JobPaused: {
    message: "{job}: the job is Paused and does not go on by itself{detail}",
    remedy: "Resume or cancel it in the studio ({studioUrl}), then run `up` again.",
  },
  JobDeadline: {
    message: "deadlineMinutes: {job} was still {status} after {minutes} minutes and has been canceled",
    remedy:
      "Raise finetune.deadlineMinutes, or take a larger compute size; `up` starts the next attempt. Studio: {studioUrl}",
  },
  JobLost: {
    message: "{job}: the job was deleted while it was being followed",
    remedy: "Run `up` again: it submits the job anew.",
  },
  LossGate: {
    message: "gate.maxEvalLoss: eval_loss of {job} is {value}; allowed: at most {limit}",
    remedy:
      "Change the training parameters or the gate. Nothing is deployed from this job. Studio: {studioUrl}",
  },
  LossGateNoMetric: {
    message: "gate.maxEvalLoss: {job} has logged no eval_loss, so the limit {limit} cannot be checked",
    remedy: 'Set evaluation_strategy to "epoch" or "steps", or remove the gate. Studio: {studioUrl}',
  },

  // Serving.
  EndpointMissing: {
    message: "endpointName: endpoint {endpoint} does not exist in workspace {workspace}",
    remedy: "Run `refresh` and then `up`, which creates it.",
  },
  EndpointBusy: {
    message: "endpointName: {endpoint} was busy with another operation for {minutes} minutes ({detail})",
    remedy: "Wait until it has finished, then run `up` again.",
  },
  ScoringFailed: {
    message: "deploymentName: {deployment} of endpoint {endpoint} gave no answer ({status}: {detail})",
    remedy:
      "Look at the deployment's logs in Azure ML studio. The traffic stays where it was; run `up` again after the cause is gone.",
  },
  ScoringEmpty: {
    message: "deploymentName: {deployment} of endpoint {endpoint} answered without text ({detail})",
    remedy: "Check the deployed model; the traffic stays where it was.",
  },
  NoScoringRow: {
    message: "heldOut: {uri} has no row that can be asked ({detail})",
    remedy: "Check the data set: rows need prompt, messages and prompt_id.",
  },
} as const satisfies Record<string, Entry>;

export type ErrorCode = keyof typeof errorCatalogue;

type Names<T extends string> = T extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;

/** The parameters a code's message and remedy need. */
type ErrorParameters<C extends ErrorCode> = Record<
  Names<(typeof errorCatalogue)[C]["message"] | (typeof errorCatalogue)[C]["remedy"]>,
  string | number
>;

/** An error of the catalogue. `message` is all a person needs; `cause` keeps what it came from. */
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

/** The complete text of a catalogued error. */
export function errorMessage<C extends ErrorCode>(code: C, parameters: ErrorParameters<C>): string {
  const values = parameters as Record<string, string | number>;
  const fill = (text: string): string =>
    text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? "unknown"));
  const { message, remedy } = errorCatalogue[code];
  const what = fill(message);
  return `[${code}] ${what}${/[.!?]$/.test(what) ? "" : "."} ${fill(remedy)}`;
}

/** A catalogued error, ready to throw. */
export function azureMlError<C extends ErrorCode>(
  code: C,
  parameters: ErrorParameters<C>,
  options?: ErrorOptions,
): AzureMlError {
  return new AzureMlError(code, errorMessage(code, parameters), options);
}

/** The text of anything thrown, without a stack. */
export function errorText(error: unknown): string {
  if (error instanceof Error) return error.message || error.name;
  return typeof error === "string" ? error : JSON.stringify(error);
}
