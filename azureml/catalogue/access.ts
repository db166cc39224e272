import type { Entry } from "./entry";

/** Errors of login, requests and inputs. */
export const accessErrors = {
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
} as const satisfies Record<string, Entry>;
