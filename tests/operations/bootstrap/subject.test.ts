import { discover } from "../../../operations/bootstrap/discover";
import { emptyState, executeOn, known } from "./support";

describe("the OIDC subject that the credential must have", () => {
  test.each([
    ["names in an old repository", {}, undefined, "repo:contoso/finetune"],
    ["ids in a new one", { created_at: "2026-08-01T00:00:00Z" }, undefined, "repo:contoso@456/finetune@789"],
    ["ids if GitHub says so", {}, { use_immutable_subject: true }, "repo:contoso@456/finetune@789"],
    ["GitHub's own prefix", {}, { sub_claim_prefix: "repo:contoso@1/f@2" }, "repo:contoso@1/f@2"],
  ])("has %s", async (_, repository, template, prefix) => {
    const state = emptyState();
    Object.assign(state.repository as object, repository);
    if (template) state.template = { use_default: true, ...template };
    const { surroundings } = await discover(executeOn(state), known);
    expect(surroundings.githubSubject?.("dev")).toBe(`${prefix}:environment:dev`);
  });

  test("has the form that the option names", async () => {
    const { surroundings } = await discover(executeOn(emptyState()), { ...known, subject: "ids" });
    expect(surroundings.githubSubject?.("dev")).toBe("repo:contoso@456/finetune@789:environment:dev");
  });

  test("of a repository with its own template is refused, with the command that resets it", async () => {
    const state = emptyState();
    state.template = { use_default: false, include_claim_keys: ["repo", "job_workflow_ref"] };
    await expect(discover(executeOn(state), known)).rejects.toThrow(
      /subject of repo, job_workflow_ref; expected the default.*-F use_default=true/,
    );
  });
});
