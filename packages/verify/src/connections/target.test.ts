import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readTarget, urlFault } from './target.ts'

const folder = mkdtempSync(join(tmpdir(), 'target-'))
afterAll(() => rmSync(folder, { recursive: true }))
const file = join(folder, 'a.pem')
writeFileSync(file, 'a certificate')
const named = encodeURIComponent(file)

describe('the form of a connection URL', () => {
  test('is that of PostgreSQL’s own clients', () => {
    expect(readTarget('postgres://keys:pa%2Fss@db.example.com:5433/my%20keys')).toMatchObject({
      hosts: [{ host: 'db.example.com', port: 5433 }],
      user: 'keys',
      password: 'pa/ss',
      database: 'my keys',
    })
    expect(readTarget('postgresql://db/keys')).toMatchObject({ hosts: [{ host: 'db', port: 5432 }], user: undefined })
    expect(readTarget('postgresql://[::1]:1/keys').hosts).toEqual([{ host: '::1', port: 1 }])
  })

  test('takes Unix sockets, in the address and as a parameter', () => {
    const socket = { host: '/run/postgresql', port: 5432 }
    expect(readTarget('postgresql://keys@%2Frun%2Fpostgresql/keys').hosts).toEqual([socket])
    expect(readTarget('postgresql://keys@/keys?host=/run/postgresql').hosts).toEqual([socket])
  })

  test('takes several hosts, each with its port or all with one', () => {
    const hosts = [1, 2].map((n) => ({ host: `db${n}`, port: 5432 + n }))
    expect(readTarget('postgresql://keys@db1:5433,db2:5434/keys').hosts).toEqual(hosts)
    expect(readTarget('postgresql:///keys?host=db1,db2&port=5433,5434').hosts).toEqual(hosts)
    expect(readTarget('postgresql://db1,db2/keys?port=7').hosts.map(({ port }) => port)).toEqual([7, 7])
    expect(urlFault('postgresql://db1,db2,db3/keys?port=7,8')).toBe('must have one port, or one for each host')
  })

  test('takes an unencoded # ? : in a password, as psql does', () => {
    expect(readTarget('postgresql://keys:a#b?c:d@db/keys')).toMatchObject({
      hosts: [{ host: 'db', port: 5432 }],
      password: 'a#b?c:d',
    })
  })

  test.each(['a@b', 'a/b', '1/b', 'a%b', '%zz'])(
    'asks for %j in a password to be encoded, and does not repeat it',
    (password) => {
      const fault = urlFault(`postgresql://keys:${password}@db.example.com/keys`)
      expect(fault).toMatch(
        /^must have special characters of its user and password written as %XX: @ as %40, \/ as %2F/,
      )
      expect(fault).not.toContain(password)
    },
  )

  test('is refused without a word of the password, whatever is unencoded in it', () => {
    const signs = ['@', '/', '?', '&', '=', ':', '#', '%', ',', '1/', '?x=', '&x=']
    for (const one of signs)
      for (const two of signs)
        for (const three of signs) {
          const password = `${one}hidden${two}hidden${three}hidden`
          for (const url of [`keys:${password}@db/keys`, `keys:1${password}@db/keys`, `db/keys?password=x${password}`])
            expect(urlFault(`postgresql://${url}`) ?? '', url).not.toContain('hidden')
        }
  })

  test('is no other', () => {
    for (const url of ['mysql://db/keys', 'host=db dbname=keys', 'socket:/run', 'postgresql://', ''])
      expect(urlFault(url)).toBe('must be of the form postgresql://user:password@host:5432/name')
    expect(urlFault('postgresql://db:65536/keys')).toBe('must have a port from 1 to 65535')
  })
})

const targetWith = (parameters: string) => readTarget(`postgresql://keys@db/keys?${parameters}`)
const faultOf = (parameters: string) => urlFault(`postgresql://keys@db/keys?${parameters}`)

describe('a parameter of a connection URL', () => {
  test('means what it means to PostgreSQL’s own clients and to Prisma', () => {
    expect(targetWith('schema=service')).toMatchObject({ schema: 'service', prepared: true, pooled: false })
    expect(targetWith('application_name=billing').applicationName).toBe('billing')
    expect(targetWith('options=-c%20geqo%3Doff').options).toBe('-c geqo=off')
    expect(targetWith('connect_timeout=10&pool_timeout=2').connectTimeout).toBe(2000)
    expect(targetWith('connect_timeout=0').connectTimeout).toBeUndefined()
    expect(targetWith('socket_timeout=2').queryTimeout).toBe(2000)
    expect(targetWith('connection_limit=3').connectionLimit).toBe(3)
    expect(targetWith('pgbouncer=true')).toMatchObject({ pooled: true, prepared: false })
    expect(targetWith('statement_cache_size=0')).toMatchObject({ pooled: false, prepared: false })
    expect(targetWith('keepalives=0').keepAlive).toBe(false)
    expect(targetWith('keepalives_idle=30').keepAliveDelay).toBe(30_000)
    expect(targetWith('channel_binding=require').channelBinding).toBe('require')
    expect(targetWith('sslnegotiation=direct').directTls).toBe(true)
    for (const accepted of ['target_session_attrs=primary', 'target_session_attrs=read-write', 'client_encoding=UTF8'])
      expect(faultOf(accepted)).toBeNull()
  })

  test.each([
    ['target_session_attrs=any', 'must have primary or read-write as target_session_attrs'],
    ['target_session_attrs=standby', 'must have primary or read-write as target_session_attrs'],
    ['sslmode=on', 'must have disable, allow, prefer, require, verify-ca or verify-full as sslmode'],
    ['options=-csearch_path=x', 'must have no search_path (but schema=NAME) as options'],
    ['client_encoding=LATIN1', 'must have UTF8 as client_encoding'],
    ['connect_timeout=soon', 'must have a number of seconds as connect_timeout'],
    [
      'hostaddr=10.0.0.1',
      'must not have the parameter "hostaddr", which is not supported here: give the address as the host',
    ],
    ['sslmod=require', 'must not have the parameter "sslmod", which is not supported here: leave it out'],
    ['constructor=1', 'must not have the parameter "constructor", which is not supported here: leave it out'],
    ['sslrootcert=/nowhere.pem', 'must name a readable file as sslrootcert (ENOENT)'],
    ['sslmode=verify-ca', 'must name a file as sslrootcert with sslmode=verify-ca'],
  ])('is refused by name: %s', (parameters, fault) => {
    expect(faultOf(parameters)).toBe(fault)
  })
})

describe('TLS', () => {
  const tlsWith = (parameters: string) => targetWith(parameters).tls
  const unverified = { rejectUnauthorized: false }

  test('is used where it is offered, unless the URL says otherwise', () => {
    expect(tlsWith('')).toEqual({ options: unverified, optional: true })
    expect(tlsWith('sslmode=prefer')).toEqual({ options: unverified, optional: true })
    expect(tlsWith('sslmode=disable')).toEqual({ options: null, optional: false })
  })

  test('is required with `require`, which verifies only against an authority that is named', () => {
    for (const parameters of [
      'sslmode=require',
      'ssl=true',
      'sslmode=no-verify',
      'sslmode=require&uselibpqcompat=true',
    ])
      expect(tlsWith(parameters)).toEqual({ options: unverified, optional: false })
    const ca = Buffer.from('a certificate')
    const verified = { options: { ca, checkServerIdentity: expect.any(Function) }, optional: false }
    expect(tlsWith(`sslmode=require&sslrootcert=${named}`)).toEqual(verified)
    expect(tlsWith(`sslmode=verify-ca&sslrootcert=${named}`)).toEqual(verified)
    // Prisma's parameters.
    expect(tlsWith(`sslmode=require&sslcert=${named}&sslaccept=accept_invalid_certs`)).toMatchObject({
      options: { ca, ...unverified },
    })
    expect(tlsWith(`sslmode=require&sslcert=${named}&sslaccept=strict`)).toEqual({ options: { ca }, optional: false })
    expect(tlsWith(`sslmode=require&sslidentity=${named}&sslpassword=x`)).toMatchObject({
      options: { pfx: ca, passphrase: 'x' },
    })
  })

  test('compares the name of the host with `verify-full` and with the system’s authorities', () => {
    expect(tlsWith('sslmode=verify-full')).toEqual({ options: {}, optional: false })
    expect(tlsWith('sslrootcert=system').options).not.toHaveProperty('checkServerIdentity')
    expect(faultOf('sslrootcert=system&sslmode=require')).toMatch(/^must have verify-full as sslmode/)
  })

  test('shows the client’s own certificate where a key is named', () => {
    const own = Buffer.from('a certificate')
    expect(tlsWith(`sslmode=require&sslcert=${named}&sslkey=${named}`).options).toEqual({
      key: own,
      cert: own,
      ...unverified,
    })
    expect(faultOf(`sslkey=${named}`)).toBe('must name a file as sslcert with sslkey')
    expect(tlsWith('sslmode=require&ssl_min_protocol_version=TLSv1.3').options).toEqual({
      minVersion: 'TLSv1.3',
      ...unverified,
    })
  })
})
