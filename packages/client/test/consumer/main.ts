import { useRest, useTrpc } from './typed.js'

declare const process: { env: Record<string, string> }
const { API_URL: url = '', TOKEN: token = '', PROJECT: project = '' } = process.env
const caller = { url, token }
console.log(JSON.stringify({ rest: await useRest(caller, project), trpc: await useTrpc(caller, project) }))
