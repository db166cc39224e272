import { checkDestroy } from "../../../operations/pipeline/destroyConfirmation";
import { driftIssue, driftMarker, summarizeDrift } from "../../../operations/pipeline/drift";
import { checkSubject, expectedSubjects, tokenClaims } from "../../../operations/pipeline/oidcSubject";
import { urn } from "./support";

describe("the confirmation of a destroy", () => {
  const request = {
    stack: "dev",
    confirmation: "dev",
    overrideProduction: undefined as string | undefined,
    environment: "dev",
  };

  it("is the name of the stack, typed again", () => {
    expect(() => checkDestroy(request)).not.toThrow();
    expect(() => checkDestroy({ ...request, confirmation: "prod" })).toThrow(
      /confirmation: "prod"\n +allowed: "dev", the name of the stack/,
    );
    expect(() => checkDestroy({ ...request, confirmation: undefined })).toThrow(/confirmation: nothing/);
  });

  it.each([
    ["prod", undefined],
    ["prod-eu", undefined],
    ["production", "x"],
    ["shop", "prod"],
    ["shop", "production"],
  ])("of stack %s with environment %s needs the override as well", (stack, environment) => {
    const typed = { stack, environment, confirmation: stack };
    expect(() => checkDestroy({ ...typed, overrideProduction: undefined })).toThrow(
      /override-production: nothing/,
    );
    expect(() => checkDestroy({ ...typed, overrideProduction: "yes" })).toThrow(/"yes"/);
    expect(() => checkDestroy({ ...typed, overrideProduction: "true" })).not.toThrow();
  });

  it("does not take a name that only begins like production's for it", () => {
    const typed = { stack: "product-tests", confirmation: "product-tests", environment: "dev" };
    expect(() => checkDestroy({ ...typed, overrideProduction: undefined })).not.toThrow();
  });

  it("reports both mistakes at once", () => {
    const typed = { stack: "prod", confirmation: "", environment: "prod", overrideProduction: "" };
    expect(() => checkDestroy(typed)).toThrow(/1\. confirmation[^]*2\. override-production/);
  });
});

describe("the subject of the identity token", () => {
  const place = { repository: "contoso/chat", environment: "prod" };
  const token = (claims: object): string =>
    `x.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.y`;
  const claims = { iss: "https://token.actions.githubusercontent.com", aud: "api://AzureADTokenExchange" };

  it("is by name, or by name and id in newer repositories", () => {
    expect(expectedSubjects({ ...place, ownerId: "12", repositoryId: "34" })).toEqual([
      "repo:contoso/chat:environment:prod",
      "repo:contoso@12/chat@34:environment:prod",
    ]);
  });

  it.each(["repo:contoso/chat:environment:prod", "repo:contoso@12/chat@34:environment:prod"])(
    "is printed if it is %s, for the federated credential",
    (sub) => {
      const expected = expectedSubjects({ ...place, ownerId: "12", repositoryId: "34" });
      expect(checkSubject(tokenClaims(token({ ...claims, sub })), expected, "app-1")).toBe(
        `The federated credential of application app-1 must have exactly the subject ${sub}, issuer ${claims.iss}, audience ${claims.aud}.`,
      );
    },
  );

  it.each([
    "repo:contoso/chat:environment:dev",
    "repo:contoso/chat:ref:refs/heads/main",
    "repo:contoso/chat:pull_request",
    "repo:fork/chat:environment:prod",
  ])("%s is refused with the subject that was expected", (sub) => {
    const check = () => checkSubject({ ...claims, sub }, expectedSubjects(place), "app-1");
    expect(check).toThrow(`seen:     ${sub}\n  expected: repo:contoso/chat:environment:prod\n`);
  });

  it("is not read from something else than a token", () => {
    expect(() => tokenClaims("nonsense")).toThrow("not a JSON web token");
  });
});

describe("drift", () => {
  const step = (op: string, name: string, detailedDiff?: object) => ({
    op,
    urn: urn("azure-native:storage:StorageAccount", name),
    detailedDiff,
  });
  const steps = [
    step("update", "storage", { "tags.owner": { kind: "update" } }),
    step("delete", "other"),
    step("refresh", "third"),
    step("same", "fourth"),
  ];
  const dev = summarizeDrift({ steps } as never, { stack: "dev" });
  const prod = summarizeDrift({ steps: [] }, { stack: "prod" });

  it("is what a refresh would change or remove", () => {
    expect(dev.resources.map(({ kind, name, properties }) => [kind, name, properties])).toEqual([
      ["changed", "storage", ["tags.owner"]],
      ["deleted", "other", []],
    ]);
  });

  it.each([
    ["properties.traffic", "update", 0],
    ["properties.traffic.demo-1", "update", 0],
    ['tags["owner"]', "update", 0],
    ["properties.trafficLights", "update", 1],
    ["identity", "update", 1],
    ["properties.traffic", "delete", 1],
  ])("with the change of %s by %s is in %i resources", (path, op, count) => {
    const changed = {
      ...step(op, "endpoint"),
      oldState: { ignoreChanges: ["properties.traffic", "tags"] },
      detailedDiff: { [path]: { kind: "update" } },
    };
    expect(summarizeDrift({ steps: [changed] } as never, { stack: "dev" }).resources).toHaveLength(count);
  });

  it("is one issue about all stacks, which closes when none differs", () => {
    const issue = driftIssue([dev, prod], "2026-11-30");
    expect(issue).toMatchObject({ title: "Drift: dev", isOpen: true });
    expect(issue.body.startsWith(driftMarker)).toBe(true);
    expect(issue.body).toContain(
      "| changed | `azure-native:storage:StorageAccount` | `storage` | `tags.owner` |",
    );
    expect(driftIssue([prod], "2026-11-30")).toMatchObject({ title: "Drift: none", isOpen: false });
  });

  it("includes a stack that could not be compared", () => {
    const failed = summarizeDrift(undefined, { stack: "staging", failure: "login expired" });
    expect(driftIssue([failed, prod], "2026-11-30")).toMatchObject({
      title: "Drift: staging",
      isOpen: true,
      body: expect.stringContaining("login expired"),
    });
  });
});
