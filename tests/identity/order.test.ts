import { chainNames } from "../../azureml/clients/defaultChain";
import { selectedMembers } from "../../local/plugins/azureNative/goDefaultChain";
import { cases } from "./cases";
import { byProgram, byProvider, type Given, type Outcome } from "./outcome";

describe("program and provider act as the same identity", () => {
  test.each(cases)("$name", ({ config = {}, env = {}, outcome, programRefuses }) => {
    expect(byProvider({ config, env })).toEqual(outcome);
    expect(byProgram({ config, env })).toEqual(programRefuses ? "refused" : outcome);
  });

  test("for every combination of settings", () => {
    let count = 0;
    const seen = new Set<string>();
    for (const given of combinations()) {
      const expected = oracle(given.effective);
      const both = [byProgram(given), byProvider(given)];
      count += 1;
      seen.add(typeof expected === "string" ? expected : expected.kind);
      if (both.some((one) => JSON.stringify(one) !== JSON.stringify(expected)))
        throw new Error(JSON.stringify({ given, expected, both }));
    }
    expect(count).toBe(96_000);
    expect([...seen].sort()).toEqual([
      "certificate",
      "cli",
      "default",
      "managedIdentity",
      "oidc",
      "refused",
      "secret",
    ]);
  });

  test.each([
    undefined,
    "",
    "dev",
    "prod",
    "Dev",
    "ManagedIdentityCredential",
    "azureclicredential",
    "VisualStudioCodeCredential",
  ])("AZURE_TOKEN_CREDENTIALS=%s selects the same members of Go's chain", (selection) => {
    const members = (choose: () => readonly string[]): readonly string[] | "refused" => {
      try {
        return choose();
      } catch {
        return "refused";
      }
    };
    expect(members(() => chainNames(selection))).toEqual(members(() => selectedMembers(selection)));
  });
});

type Effective = Record<string, string | undefined>;

/** One way to give a value: in the stack, in the environment, in both. `value` is what counts. */
interface Way extends Partial<Given> {
  value?: string;
}

function ways(key: string, variable: string, value: string): Way[] {
  return [
    {},
    { config: { [key]: value }, value },
    { env: { [variable]: value }, value },
    { config: { [key]: "" }, env: { [variable]: value } },
  ];
}

function flags(key: string, variable: string): Way[] {
  return [...ways(key, variable, "true"), { config: { [key]: "false" }, env: { [variable]: "true" } }];
}

function present(variable: string, value: string): Way[] {
  return [{}, { env: { [variable]: value }, value }];
}

const dimensions: Record<string, Way[]> = {
  default: flags("useDefaultAzureCredential", "ARM_USE_DEFAULT_AZURE_CREDENTIAL"),
  certificate: ways("clientCertificatePath", "ARM_CLIENT_CERTIFICATE_PATH", "c.pem"),
  secret: ways("clientSecret", "ARM_CLIENT_SECRET", "x"),
  oidc: flags("useOidc", "ARM_USE_OIDC"),
  msi: flags("useMsi", "ARM_USE_MSI"),
  subscription: present("ARM_SUBSCRIPTION_ID", "s"),
  tenantId: present("ARM_TENANT_ID", "t"),
  clientId: present("ARM_CLIENT_ID", "c"),
  token: [
    {},
    { env: { ARM_OIDC_TOKEN: "j" }, value: "token" },
    { config: { oidcToken: "" }, env: { ARM_OIDC_TOKEN: "j" } },
    { config: { oidcTokenFilePath: "/f" }, value: "file" },
    { config: { oidcRequestUrl: "https://ci", oidcRequestToken: "r" }, value: "request" },
    { env: { ACTIONS_ID_TOKEN_REQUEST_URL: "https://ci" } },
  ],
};

function* combinations(): Generator<Given & { effective: Effective }> {
  const names = Object.keys(dimensions);
  const walk = function* (
    index: number,
    given: Given & { effective: Effective },
  ): Generator<Given & { effective: Effective }> {
    const name = names[index];
    if (name === undefined) return yield given;
    for (const way of dimensions[name] ?? []) {
      yield* walk(index + 1, {
        config: { ...given.config, ...way.config },
        env: { ...given.env, ...way.env },
        effective: { ...given.effective, [name]: way.value },
      });
    }
  };
  yield* walk(0, { config: {}, env: {}, effective: {} });
}

/** The real provider's rule over the values that count. */
function oracle({ subscription, tenantId, clientId, token, ...set }: Effective): Outcome {
  const application = subscription && tenantId && clientId ? { tenantId, clientId } : undefined;
  if (set.default) return subscription ? { kind: "default", ...(tenantId && { tenantId }) } : "refused";
  if (set.certificate) return application ? { kind: "certificate", ...application } : "refused";
  if (set.secret) return application ? { kind: "secret", ...application } : "refused";
  if (set.oidc) {
    if (!application || !token) return "refused";
    return { kind: "oidc", ...application, token: token as "token" | "file" | "request" };
  }
  if (set.msi) return subscription ? { kind: "managedIdentity", ...(clientId && { clientId }) } : "refused";
  return { kind: "cli", ...(tenantId && { tenantId }) };
}
