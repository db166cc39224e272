import { openSecrets } from "../../../../local/engine/state/secrets";

describe("secrets", () => {
  test("keeps the ciphertext of an unchanged text; detects a wrong passphrase", async () => {
    const made = await openSecrets(undefined, "one");
    expect(made).toMatchObject({ fresh: true, salt: expect.stringMatching(/^v1:[^:]+:v1:[^:]+:[^:]+$/) });
    const again = await openSecrets(made.salt, "one");
    const text = made.encrypt("hush");
    expect(again.decrypt(text)).toBe("hush");
    expect(again.encrypt("hush")).toBe(text);
    again.encrypt(JSON.stringify("whisper"));
    expect(again.mask("they whisper of pulumi")).toBe("they [secret] of pulumi");
    await expect(openSecrets(made.salt, "two")).rejects.toThrow("incorrect passphrase");
  });

  test("decrypts texts of Pulumi's own passphrase provider", async () => {
    const salt = "v1:XHolBol+U8I=:v1:z3iAuiUW4FOlvkV2:EQJFrA+4XzgBGTByniHBjmAnDHh27A==";
    expect((await openSecrets(salt, "local")).fresh).toBe(false);
  });
});
