// Scalar looks here for the rules that its scripts and styles must keep: no code from text, and a nonce for each style.
globalThis.__zod_globalConfig = { jitless: true }
const { content: nonce } = document.querySelector('meta[property=csp-nonce]')
const create = document.createElement.bind(document)
document.createElement = (name, options) => {
  const element = create(name, options)
  if (name === 'style') element.nonce = nonce
  return element
}

const CONFIGURATION = {
  theme: 'none',
  withDefaultFonts: false,
  telemetry: false,
  agent: { disabled: true },
  mcp: { disabled: true },
  // A token stays in the memory of the page.
  persistAuth: false,
  authentication: { preferredSecurityScheme: 'bearer' },
  showDeveloperTools: 'never',
  hideClientButton: true,
  // The document has its own samples.
  hiddenClients: true,
  documentDownloadType: 'none',
}

const { reference, api: apiUrl, console: consoleUrl } = document.currentScript.dataset

async function show() {
  const place = document.querySelector('#reference')
  const text = await (await fetch(reference)).text()
  const content = JSON.parse(text.replaceAll('API_URL', apiUrl).replaceAll('CONSOLE_URL', consoleUrl))
  place.replaceChildren()
  Scalar.createApiReference(place, { ...CONFIGURATION, content })
}
// Then the script of Scalar has run, too.
document.addEventListener('DOMContentLoaded', show)
