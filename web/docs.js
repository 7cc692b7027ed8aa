// The API's documentation out of /openapi.json. Nothing is asked of another host, and only reading can be tried out here:
// what changes something is for the page, which asks first.
import { takeToken } from './api.js';

// React writes its icons as markup, which the page's policy forbids without being asked. Here it may: what is shown is our
// own document, markup in it goes through the sanitiser of Swagger UI, and no script in markup runs under script-src 'self'.
globalThis.trustedTypes?.createPolicy('default', { createHTML: (markup) => markup });

const token = takeToken();
const ui = globalThis.SwaggerUIBundle({
  url: '/openapi.json',
  dom_id: '#docs',
  validatorUrl: null,
  deepLinking: true,
  supportedSubmitMethods: ['get'],
  persistAuthorization: false,
  defaultModelsExpandDepth: -1,
  onComplete: () => token !== null && ui.preauthorizeApiKey('read', token),
});
