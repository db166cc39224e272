/** The identity of the one subscription and its one caller in the local cloud. */
export const LOCAL_SUBSCRIPTION_ID = "00000000-0000-0000-0000-000000000001";
export const LOCAL_TENANT_ID = "00000000-0000-0000-0000-00000000000a";
/** Object id of whoever talks to the local cloud: the managed identity of this machine. */
export const LOCAL_PRINCIPAL_ID = "00000000-0000-0000-0000-0000000000aa";

/** Default HTTPS port; identity is one above, blobs two above. `AZUREML_LOCAL_PORT` overrides. */
export const DEFAULT_PORT = 10440;

/** The only address anything here listens on. */
export const LOOPBACK = "127.0.0.1";

/** User agent of the cloud's own requests to the blob service: they are not counted as a client's. */
export const SERVICE_AGENT = "azureml-local-services";
