/** The OpenAPI document of an endpoint's one operation. */
export function swaggerOf(name: string, scoringUri: string): Record<string, unknown> {
  const message = {
    type: "object",
    required: ["role", "content"],
    properties: {
      role: { type: "string", enum: ["system", "user", "assistant"] },
      content: { type: "string" },
    },
  };
  const parameters = {
    type: "object",
    properties: {
      temperature: { type: "number" },
      top_p: { type: "number" },
      do_sample: { type: "boolean" },
      max_new_tokens: { type: "integer" },
    },
  };
  const conversations = { type: "array", items: { type: "array", items: message } };
  const input = {
    type: "object",
    required: ["input_string"],
    properties: { input_string: conversations, parameters },
  };
  const body = {
    type: "object",
    required: ["input_data"],
    properties: { input_data: input, params: { type: "object" } },
  };
  const answer = { type: "object", properties: { output: { type: "string" } } };
  const json = (schema: object): object => ({ "application/json": { schema } });
  return {
    openapi: "3.0.3",
    info: { title: name, version: "1.0" },
    servers: [{ url: scoringUri.replace(/\/score$/, "") }],
    components: { securitySchemes: { Bearer: { type: "http", scheme: "bearer" } } },
    security: [{ Bearer: [] }],
    paths: {
      "/score": {
        post: {
          operationId: "RunMLService",
          requestBody: { required: true, content: json(body) },
          responses: { "200": { description: "The model's answer", content: json(answer) } },
        },
      },
    },
  };
}
