export const LOCAL_SUBSCRIPTION_ID = "00000000-0000-0000-0000-000000000001";
export const LOCAL_TENANT_ID = "00000000-0000-0000-0000-00000000000a";
/** Object id of the caller: the managed identity of this machine. */
export const LOCAL_PRINCIPAL_ID = "00000000-0000-0000-0000-0000000000aa";

/**
 * Default HTTPS port. The identity endpoint is one above, blobs two above. `AZUREML_LOCAL_PORT` overrides it.
 */
export const DEFAULT_PORT = 10440;

export const LOOPBACK = "127.0.0.1";

/** User agent of the cloud's own requests to the blob service. They are not counted as client requests. */
export const SERVICE_AGENT = "azureml-local-services";
