import * as fc from "fast-check";
import type { Json } from "../../../operations/contract/json";
import type { Recorded } from "../../../operations/contract/recorder";
import { knownValues, leaks, secretsOf } from "../../../operations/contract/redaction";
import { pathsOf } from "../../../operations/contract/target";
import { goldenExchanges, transcriptText } from "../../../operations/contract/transcript";
import { TARGET } from "./support";

const TENANT = "72f988bf-86f1-41af-91ab-2d7cd011db47";
const OBJECT = "c0ffee00-1111-4222-8333-444455556666";
const CLAIMS = {
  tid: TENANT,
  oid: OBJECT,
  upn: "jane.doe@contoso.example",
  name: "Jane Q. Doe",
  ipaddr: "203.0.113.77",
  appid: "04b07795-8ddb-461a-bbee-02f9e1bf7b46",
};
const JWT = "eyJhbGciOiJSUzI1NiJ9.eyJvaWQiOiJjMGZmZWUifQ.c2lnbmF0dXJl";
const ACCOUNT_KEY =
  "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";
const SAS = "sv=2023-11-03&ss=b&srt=sco&sp=rwd&se=2026-12-01T00%3A00%3A00Z&sig=aBcDeFgH%2FiJkLmNoP%3D";
const secrets = secretsOf({ value: [{ sasToken: SAS }] });
const known = knownValues(TARGET, CLAIMS, "https://management.azure.com", secrets);
const paths = pathsOf(TARGET);

/** Everything that identifies a subscription, a person or a secret. */
const SECRETS = [
  TARGET.subscriptionId,
  TARGET.resourceGroup,
  ...Object.values(CLAIMS),
  "other.person@contoso.example",
  "198.51.100.23",
  JWT,
  ACCOUNT_KEY,
  "aBcDeFgH%2FiJkLmNoP%3D",
  "0123456789abcdef0123456789abcdef",
  "9a8b7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d",
];

function exchange(body: Json, changes: Partial<Recorded> = {}): Recorded {
  return {
    method: "PUT",
    url: `https://management.azure.com${paths.workspace}/computes/ctr-abc123-cpu?api-version=2024-10-01`,
    requestHeaders: {},
    status: 200,
    headers: {},
    body,
    ...changes,
  };
}

const textOf = (exchanges: Recorded[]): string =>
  transcriptText(
    {
      format: 1,
      about: "cluster-size-fixed",
      statement: "a statement",
      outcome: "confirmed",
      exchanges: goldenExchanges(exchanges, known, paths, "recorded: AzureCloud, 2026-12-01"),
    },
    known,
  );

function expectClean(text: string): void {
  for (const secret of SECRETS) expect(text.toLowerCase()).not.toContain(secret.toLowerCase());
  expect(leaks(text, known)).toEqual([]);
}

test("an answer full of ids, names, tokens, keys, signatures and addresses is written without any of them", () => {
  const text = textOf([
    exchange(
      {
        id: `${paths.workspace}/computes/ctr-abc123-cpu`,
        systemData: {
          createdBy: "Jane Q. Doe",
          createdByType: "User",
          lastModifiedBy: OBJECT,
          createdAt: "2026-11-30T02:03:04.5Z",
        },
        identity: { principalId: "9a8b7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d", tenantId: TENANT },
        properties: {
          primaryKey: "abcdefghijklmnop",
          userStorageKey: ACCOUNT_KEY,
          logUrl: `https://ctrabc123st.blob.core.windows.net/azureml/log.txt?${SAS}`,
          sasToken: SAS,
          connection: `DefaultEndpointsProtocol=https;AccountKey=${ACCOUNT_KEY};EndpointSuffix=core.windows.net`,
          token: JWT,
          message: `The client 'jane.doe@contoso.example' with object id '${OBJECT}' at 203.0.113.77 has no right over scope '/SUBSCRIPTIONS/${TARGET.subscriptionId.toUpperCase()}/resourcegroups/${TARGET.resourceGroup}'.`,
          other: "ask other.person@contoso.example at 198.51.100.23",
          trace: "0123456789abcdef0123456789abcdef",
        },
      },
      {
        requestBody: { tags: { "azureml-finetune-contract": "abc123" }, properties: { tenantId: TENANT } },
        headers: {
          "azure-asyncoperation": `https://management.azure.com/subscriptions/${TARGET.subscriptionId}/providers/x/operations/${OBJECT}?t=638&c=MIIHpTCCBo2gAwIBAgIT&s=abc&h=def`,
          "x-ms-request-id": OBJECT,
        },
      },
    ),
  ]);
  expectClean(text);
  expect(text).not.toContain("abcdefghijklmnop");
  const { exchanges } = JSON.parse(text) as { exchanges: Array<Record<string, Json>> };
  expect(exchanges[0]).toMatchObject({
    send: "PUT {ws}/computes/ctr-golden-cpu?api-version=2024-10-01",
    body: { tags: { "azureml-finetune-contract": "golden" }, properties: { tenantId: "<guid>" } },
    returns: {
      id: "{ws}/computes/ctr-golden-cpu",
      systemData: { createdBy: "<text>", lastModifiedBy: "<guid>", createdAt: "<time>" },
      properties: { primaryKey: "<key>" },
    },
  });
});

test("wherever a value stands, as a name or inside a text, it does not reach the file", () => {
  const secret = fc.constantFrom(...SECRETS);
  const body = fc.letrec<{ value: Json; leaf: Json }>((tie) => ({
    leaf: fc
      .tuple(fc.stringMatching(/^[ a-z"':,()/]{0,12}$/), secret, fc.constantFrom("", "/", "'", " ", "."))
      .map(([before, value, after]) => `${before} ${value}${after}`),
    value: fc.oneof(
      { maxDepth: 3 },
      tie("leaf"),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), tie("value"), { maxKeys: 3 }),
    ),
  })).value;
  fc.assert(
    fc.property(body, (value) => expectClean(textOf([exchange(value, { requestBody: value })]))),
    { seed: 20261130, numRuns: 300 },
  );
});

test("a file that would still contain an id is not written", () => {
  const exchanges = goldenExchanges([exchange({})], known, paths, "recorded: AzureCloud");
  const transcript = {
    format: 1,
    about: "x",
    statement: `about ${OBJECT}`,
    outcome: "confirmed",
    exchanges,
  } as const;
  expect(() => transcriptText(transcript, known)).toThrow(/transcript x: .* the file is not written/);
});

test("repeated polls of an operation are left out", () => {
  const poll = exchange(
    { status: "InProgress" },
    { method: "GET", url: "https://management.azure.com/operations/1" },
  );
  const { exchanges } = JSON.parse(textOf([exchange({}), poll, poll, poll])) as { exchanges: unknown[] };
  expect(exchanges).toHaveLength(2);
});

test("the name of an MLflow tag is no secret, the key of a connection is", () => {
  const body = {
    tags: [{ key: "mlflow.rootRunId", value: "run" }],
    credentials: { key: "abcdefgh12345678" },
  };
  expect(secretsOf(body)).toEqual(["abcdefgh12345678"]);
});
