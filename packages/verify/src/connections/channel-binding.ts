import type pg from 'pg'
import { connectionOf } from './client-parts.ts'

const BOUND = 'SCRAM-SHA-256-PLUS'
const FAULT = 'The server offers no channel binding, which channel_binding=require asks for.'

/** Ends the connection before it sends a password in any other way than bound to the TLS channel. */
export function requireChannelBinding(client: pg.ClientBase) {
  const connection = connectionOf(client)
  let isBound = false
  const refuse = () => {
    if (!isBound) connection.stream.destroy(new Error(FAULT))
  }
  const choose = ({ mechanisms }: { mechanisms: string[] }) => {
    isBound = mechanisms.includes(BOUND)
    refuse()
  }
  connection.prependListener('authenticationSASL', choose)
  for (const other of ['authenticationCleartextPassword', 'authenticationMD5Password', 'authenticationOk'])
    connection.prependListener(other, refuse)
}
