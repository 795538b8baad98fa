import { readAddresses } from '@project-keys/network'
import adapter from '@sveltejs/adapter-node'
import { sveltekit } from '@sveltejs/kit/vite'
import { defineConfig, type Plugin } from 'vite'

const { host, webPort } = readAddresses(process.env)

/** SvelteKit's route announcer hides itself with an inline style, which our policy forbids, so we use a class. */
const announcerWithoutStyle: Plugin = {
  name: 'announcer-without-style',
  enforce: 'pre',
  transform: {
    filter: { id: /runtime\/components\/root\.svelte$/ },
    handler(code) {
      const styled = /style="position: absolute;[^"]*"/
      if (!styled.test(code))
        throw new Error('SvelteKit’s route announcer has changed: does it still need this plugin?')
      return code.replace(styled, 'class="unseen"')
    },
  },
}

export default defineConfig({
  server: { host, port: webPort, strictPort: true },
  plugins: [
    announcerWithoutStyle,
    sveltekit({
      adapter: adapter({ envPrefix: 'ADAPTER_' }),
      output: { bundleStrategy: 'single' },
      csp: {
        directives: {
          'default-src': ['none'],
          'script-src': ['self'],
          'style-src': ['self'],
          'font-src': ['self'],
          'img-src': ['self'],
          'connect-src': ['self'],
          'form-action': ['self'],
          'base-uri': ['none'],
          'frame-ancestors': ['none'],
        },
      },
    }),
  ],
})
