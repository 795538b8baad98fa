// Written by the test client-types of apps/api: run it with `vitest run -u` after a change of the API.

export interface paths {
    "/v0/auth/accept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Accept an invitation
         * @description Requires a session, and the token of an invitation to your own address.
         */
        post: operations["auth-accept"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v0/auth/confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign in by a link
         * @description Takes the token of a sign-in link, once, and gives a session that lasts 30 days.
         */
        post: operations["auth-confirm"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v0/auth/login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Ask for a link to sign in
         * @description Mails it if the address has an account. The answer is the same whether or not the address has an account.
         */
        post: operations["auth-login"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v0/auth/signup": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sign up
         * @description Mails a link that signs in. The answer is the same whether or not the address has an account.
         */
        post: operations["auth-signUp"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v0/introspect": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Introspect a project key (RFC 7662)
         * @description For services with a credential of their own: an API token or a project key. It is the token of `Authorization: Bearer`, or the client secret of `client_secret_basic` or `client_secret_post` with any client id. The response is `{"active":false}` unless the token is a valid project key.
         */
        post: operations["verification-introspect"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v0/keys/find": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Find a project key by the key itself
         * @description For a key that turned up somewhere: tells which key of which project it is, to those who may manage that project, so that they can revoke it. For everybody else it is a 404, the same as for a key that never was. Each 404 counts as a bad credential of your address.
         */
        post: operations["keys-find"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v0/organizations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List organizations
         * @description The organizations that you lead; all of them if you are a server admin.
         */
        get: operations["organizations-list"];
        put?: never;
        /**
         * Create an organization
         * @description You become its leader. A slug that is taken gets a suffix.
         */
        post: operations["organizations-create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v0/organizations/{organization}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * View an organization
         * @description For its leaders and server admins.
         */
        get: operations["organizations-view"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Update an organization
         * @description Fields that are absent or null stay as they are, but null removes the `key_policy`.
         */
        patch: operations["organizations-update"];
        trace?: never;
    };
    "/v0/organizations/{organization}/allowed/{permission}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Ask whether you have a permission
         * @description Answers for you, the caller. It is a question, so it refuses nothing that you may see.
         */
        get: operations["organizations-allowed"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v0/organizations/{organization}/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the events of an organization
         * @description The newest first. For the next page, send the number of the last event as `before`: events that are added meanwhile change no later page.
         */
        get: operations["events-list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v0/organizations/{organization}/events/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export the events of an organization
         * @description All events in their order, each with its links in the chain, and the signed head of the last one. `pnpm run verify-audit` verifies it offline.
         */
        get: operations["events-export"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v0/organizations/{organization}/invitations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the invitations to an organization
         * @description Sorted by address. An invitation is in the list until it is accepted or withdrawn, or has expired.
         */
        get: operations["organizationInvitations-list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v0/organizations/{organization}/invitations/{invitation}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Withdraw an invitation to an organization
         * @description Its mailed link no longer works. Requires a session.
         */
        delete: operations["organizationInvitations-withdraw"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v0/organizations/{organization}/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the members of an organization
         * @description Its leaders, sorted by name. `X-Total-Count` is the number of matches on all pages.
         */
        get: operations["organizationMembers-list"];
        put?: never;
        /**
         * Invite a person to an organization
         * @description Requires a session. The person becomes a member by accepting the mailed link within 7 days.
         */
        post: operations["organizationInvitations-create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v0/organizations/{organization}/members/{user}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * View a member of an organization
         * @description A leader of the organization.
         */
        get: operations["organizationMembers-view"];
        put?: never;
        post?: never;
        /**
         * Remove a member of an organization
         * @description Requires a session. An organization must keep at least one leader who is not locked.
         */
        delete: operations["organizationMembers-remove"];
        options?: never;
        head?: never;
        /**
         * Give a member of an organization another role
         * @description Requires a session. An organization has leaders only, so this changes nothing yet.
         */
        patch: operations["organizationMembers-update"];
        trace?: never;
    };
    "/v0/organizations/{organization}/projects": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the projects of an organization
         * @description For its leaders and server admins, sorted by name.
         */
        get: operations["projects-listOfOrganization"];
        put?: never;
        /**
         * Create a project
         * @description You become its maintainer. It is public unless you choose private. A slug that is taken gets a suffix.
         */
        post: operations["projects-create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v0/projects": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List projects
         * @description The projects that you may see: without a credential the public ones, with a project key only its own.
         */
        get: operations["projects-list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v0/projects/{project}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * View a project
         * @description A project key is accepted, too, so this is a way to test one. A public project needs no credential.
         */
        get: operations["projects-view"];
        put?: never;
        post?: never;
        /**
         * Delete a project
         * @description Its keys stop working at once. Its slug stays reserved for 90 days.
         */
        delete: operations["projects-delete"];
        options?: never;
        head?: never;
        /**
         * Update a project
         * @description Absent fields stay as they are; null removes `url`, `key_policy` and `key_scopes`. A new slug requires the right to manage, because gateways may know the project by it, and so do these two, because they rule over keys.
         */
        patch: operations["projects-update"];
        trace?: never;
    };
    "/v0/projects/{project}/allowed/{permission}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Ask whether you have a permission
         * @description Answers for you, the caller. It is a question, so it refuses nothing that you may see.
         */
        get: operations["projects-allowed"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v0/projects/{project}/invitations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the invitations to a project
         * @description Sorted by address. An invitation is in the list until it is accepted or withdrawn, or has expired.
         */
        get: operations["projectInvitations-list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v0/projects/{project}/invitations/{invitation}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Withdraw an invitation to a project
         * @description Its mailed link no longer works. Requires a session.
         */
        delete: operations["projectInvitations-withdraw"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v0/projects/{project}/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List project keys
         * @description Sorted by name in the byte order of UTF-8. `X-Total-Count` is the number of matches on all pages.
         */
        get: operations["projectKeys-list"];
        put?: never;
        /**
         * Create a project key
         * @description Only this response holds the key itself. With an `Idempotency-Key`, the same request gets it again for 24 hours.
         */
        post: operations["projectKeys-create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v0/projects/{project}/keys/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * View a project key
         * @description Its name and times, not the key itself. `revoked` is absent while the key is active.
         */
        get: operations["projectKeys-view"];
        put?: never;
        post?: never;
        /**
         * Revoke a project key
         * @description A revocation is final: the key never authenticates again.
         */
        delete: operations["projectKeys-revoke"];
        options?: never;
        head?: never;
        /**
         * Change or renew a project key
         * @description Changes the fields in its body and nothing else; null takes away what may be missing. An expired key can be renewed. Of a revoked key only `name`, `description`, `external_id` and `metadata` can change.
         */
        patch: operations["projectKeys-rename"];
        trace?: never;
    };
    "/v0/projects/{project}/keys/{key}/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Rotate a project key
         * @description Gives the key a new secret, which only this response holds; nothing else of the key changes. The old secret goes on until `grace` after the first use of the new one, and for 30 days at most.
         */
        post: operations["rotations-rotate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v0/projects/{project}/keys/{key}/rotation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * End the old secret of a project key
         * @description Ends the open rotation: from now on only the new secret is good.
         */
        delete: operations["rotations-end"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v0/projects/{project}/keys/{key}/usage": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * View the usage of a project key
         * @description The last use (to the minute), its address, and the calls per day (UTC) of the last 30 days.
         */
        get: operations["verification-usage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v0/projects/{project}/keys/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export project keys
         * @description All keys that match the filters of the list, whatever the page, as CSV or as one JSON object a line, sorted by name. It never holds a key itself. If the connection ends before the file does, the file is not complete. In a CSV file no cell is a formula.
         */
        get: operations["projectKeys-export"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v0/projects/{project}/keys/revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Revoke many project keys
         * @description All in one transaction. Each UUID gets its outcome, in the order sent; one that is named twice counts once, and a key of another project is not found. The keys stop working as after a single revocation.
         */
        post: operations["projectKeys-revokeMany"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v0/projects/{project}/members": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the members of a project
         * @description Sorted by name. `X-Total-Count` is the number of matches on all pages.
         */
        get: operations["projectMembers-list"];
        put?: never;
        /**
         * Invite a person to a project
         * @description Requires a session. The person becomes a member by accepting the mailed link within 7 days.
         */
        post: operations["projectInvitations-create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v0/projects/{project}/members/{user}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * View a member of a project
         * @description The user, and the role in this project.
         */
        get: operations["projectMembers-view"];
        put?: never;
        post?: never;
        /**
         * Remove a member of a project
         * @description Requires a session. The user loses the role at once; keys that they created stay.
         */
        delete: operations["projectMembers-remove"];
        options?: never;
        head?: never;
        /**
         * Give a member of a project another role
         * @description Requires a session. The new role counts from the next request on.
         */
        patch: operations["projectMembers-update"];
        trace?: never;
    };
    "/v0/projects/{project}/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Verify a key of this project
         * @description As `/v0/verify`, but only keys of this project are accepted. For gateways that add the path of their client to this one and cannot send a query.
         */
        get: operations["verification-verifyOfProject"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v0/server/audit-key": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The public key of the audit log
         * @description The public half of the key that signs the heads of the audit log. `public_key` is its 32 bytes as base64, and `key` is the id that heads name.
         */
        get: operations["server-auditKey"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v0/server/config/console": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Where the console is
         * @description The address of the web console, where people sign in.
         */
        get: operations["server-console"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v0/server/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the events of the server
         * @description For server admins: sign-ins, users, API tokens, and all else that belongs to no organization. The newest first, by pages as of an organization.
         */
        get: operations["events-listOfServer"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v0/server/events/export": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Export the events of the server
         * @description For server admins. All events in their order, each with its links in the chain, and the signed head of the last one. `pnpm run verify-audit` verifies it offline.
         */
        get: operations["events-exportOfServer"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v0/server/spec": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * This OpenAPI document
         * @description In OpenAPI 3.0.3, for generators of clients and for readers.
         */
        get: operations["server-spec"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v0/server/version": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The version of the API
         * @description The version of Bencher’s API that this one is compatible with. Its CLI asks for it before each command.
         */
        get: operations["server-version"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v0/users": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List users
         * @description For server admins.
         */
        get: operations["users-list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v0/users/{user}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * View a user
         * @description Your own account. A server admin can view every user.
         */
        get: operations["users-view"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        /**
         * Update a user
         * @description Your own account. A server admin can update every user, and only a server admin can set `admin` and `locked`. A change of `email` or `admin` requires a session that was signed in within the last hour. A new address takes effect when its mailed link is used; we then mail the old address a link that restores it, for 7 days. Locking ends the sessions, links, API tokens and invitations of the user for good. `expiration_mails` decides whether the user gets mails before keys end.
         */
        patch: operations["users-update"];
        trace?: never;
    };
    "/v0/users/{user}/keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List user keys (API tokens)
         * @description Your own, sorted by name. A server admin can list those of every user.
         */
        get: operations["userKeys-list"];
        put?: never;
        /**
         * Create a user key (an API token)
         * @description It may do everything that its user may, except create API tokens. Only this response holds the key itself.
         */
        post: operations["userKeys-create"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v0/users/{user}/keys/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * View a user key
         * @description Its name and times, not the key itself. `revoked` is absent while the key is active.
         */
        get: operations["userKeys-view"];
        put?: never;
        post?: never;
        /**
         * Revoke a user key
         * @description A revocation is final: the key never authenticates again.
         */
        delete: operations["userKeys-revoke"];
        options?: never;
        head?: never;
        /**
         * Rename a user key
         * @description Only the name can change. Revoked keys can be renamed, too.
         */
        patch: operations["userKeys-rename"];
        trace?: never;
    };
    "/v0/users/{user}/project-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List the project keys that a user made
         * @description For server admins. Those of all projects, sorted by name.
         */
        get: operations["madeKeys-list"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v0/users/{user}/revoke-keys": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Revoke all keys that a user made
         * @description For server admins, when a person leaves: their user keys (API tokens), and the project keys that they made in all projects, 1,000 with each request. Repeat it until `remaining` is 0. Lock the user first, so that they make no more.
         */
        post: operations["madeKeys-revoke"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v0/verify": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Verify a project key
         * @description For gateways: the credential is the key, by Bearer or as the password of Basic. The body and the headers X-Project (a slug) and X-Project-Key (a UUID) identify the key; X-Scopes (separated by blanks) and X-External-Id are there if they are set. Whoever holds the key can read all of this. Every method, and every path below this one, gets the same answer; below, the path and the query are not read. The process that revoked a key refuses it at once, all others within a second.
         */
        get: operations["verification-verify"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v0/whoami": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * View who you are
         * @description For any credential: the user it belongs to, or the project key that it is.
         */
        get: operations["whoami-view"];
        put?: never;
        post?: never;
        /**
         * Revoke the project key that you are
         * @description For a project key alone. It never authenticates again.
         */
        delete: operations["whoami-revoke"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/v0/whoami/rotate": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Rotate the project key that you are
         * @description For a project key whose `self_rotation` is true. It gets a new secret, which only this response holds; the old one goes on as after every rotation.
         */
        post: operations["whoami-rotate"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        Allowed: {
            allowed: boolean;
        };
        AuditEvent: {
            /** @example project_key.revoke */
            action?: string;
            actor?: {
                key?: string;
                kind: string;
                token?: string;
                user?: {
                    name?: string;
                    uuid: string;
                };
            };
            address?: string;
            after?: {
                [key: string]: unknown;
            };
            before?: {
                [key: string]: unknown;
            };
            /** @description The UUID of the organization, or `server`. */
            chain: string;
            /** @description Whether its content was dropped, because it was too old. */
            dropped?: boolean;
            /** @description Of a dropped event: the SHA-256 of its line. */
            hash?: string;
            /**
             * Format: int64
             * @description Its place in the chain, from 1 on.
             * @example 12
             */
            number: number;
            project?: string;
            /** @description The slug that the project has today. */
            project_slug?: string;
            request_id?: string;
            target?: {
                kind: string;
                name?: string;
                uuid?: string;
            };
            /** @example 2026-05-02T12:00:00.123Z */
            time?: string;
        };
        AuditKey: {
            /** @enum {string} */
            algorithm: "Ed25519";
            /** @example 3f1c9a0e5b7d2846 */
            key: string;
            /** @example 11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo= */
            public_key: string;
        };
        AuthAck: {
            /**
             * @description An e-mail address, in lower case.
             * @example ada@example.com
             */
            email: string;
        };
        AuthUser: {
            creation: components["schemas"]["Time"];
            expiration: components["schemas"]["Time"];
            token: string;
            user: components["schemas"]["User"];
        };
        Console: {
            url: string;
        };
        /**
         * @description An e-mail address. Its letter case does not matter.
         * @example ada@example.com
         */
        Email: string;
        Error: {
            /** @description The reason, for programs. A code never changes, but new ones may come: act on their status. */
            error_code: "invalid_input" | "invalid_body" | "invalid_path" | "missing_host" | "invalid_http" | "batch_too_large" | "invalid_request" | "missing" | "malformed" | "mistyped" | "unknown" | "expired" | "revoked" | "replaced" | "project_deleted" | "invalid_token" | "token_of_locked_user" | "invalid_link" | "invalid_invitation" | "other_project" | "insufficient_scope" | "address_unknown" | "address_not_allowed" | "project_key_not_accepted" | "project_key_required" | "self_rotation_off" | "permission_denied" | "admin_only" | "session_required" | "recent_sign_in_required" | "own_account_only" | "sign_up_closed" | "invitation_of_other_address" | "account_exists" | "worker_only" | "route_not_found" | "project_not_found" | "organization_not_found" | "user_not_found" | "key_not_found" | "member_not_found" | "invitation_not_found" | "method_not_allowed" | "request_timeout" | "slug_taken" | "quota_exceeded" | "already_created" | "already_revoked" | "key_revoked" | "policy" | "key_expired" | "rotation_open" | "no_rotation" | "already_member" | "last_leader" | "last_admin" | "request_under_way" | "answer_lost" | "nothing_to_change" | "body_too_large" | "unsupported_media_type" | "expectation_failed" | "idempotency_key_reused" | "rate_limited" | "key_rate_limited" | "headers_too_large" | "internal_error" | "starting" | "outdated" | "database_unavailable";
            /** @description A sentence for people, which may change. */
            message: string;
            /**
             * Format: uuid
             * @description Equal to the header X-Request-Id.
             */
            request_id: string;
        };
        /**
         * @description The customer for whom the key is.
         * @example customer-42
         */
        ExternalId: string;
        FoundKey: {
            /**
             * Format: uuid
             * @description The project, in lower case.
             * @example 01992c3f-15c8-7e04-8a96-2b7d4c90f1a3
             */
            project: string;
            /**
             * Format: uuid
             * @description In lower case.
             * @example 01992c4e-7d1a-7b52-9c3e-5f0a8d6b2e41
             */
            uuid: string;
        };
        Introspection: {
            active: boolean;
            /** @example Uploads the reports of the nightly build */
            description?: string;
            /**
             * Format: int64
             * @description When it expires, in seconds since 1970.
             * @example 1785499200
             */
            exp?: number;
            /** @example customer-42 */
            external_id?: string;
            /**
             * Format: int64
             * @description When it was created, in seconds since 1970.
             * @example 1777723200
             */
            iat?: number;
            /**
             * @example {
             *       "team": "billing"
             *     }
             */
            metadata?: {
                [key: string]: string;
            };
            project?: {
                /**
                 * @description The name in a URL.
                 * @example web-shop
                 */
                slug: string;
                /**
                 * Format: uuid
                 * @description The project, in lower case.
                 * @example 01992c3f-15c8-7e04-8a96-2b7d4c90f1a3
                 */
                uuid: string;
            };
            /** @description Its scopes, separated by blanks; absent: it may do everything. */
            scope?: string;
            /**
             * Format: uuid
             * @description The UUID of the key.
             * @example 01992c4e-7d1a-7b52-9c3e-5f0a8d6b2e41
             */
            sub?: string;
        };
        Invitation: {
            created: components["schemas"]["Time"];
            /**
             * @description An e-mail address, in lower case.
             * @example ada@example.com
             */
            email: string;
            expiration: components["schemas"]["Time"];
            role: string;
            /**
             * Format: uuid
             * @description In lower case.
             * @example 01992c4e-7d1a-7b52-9c3e-5f0a8d6b2e41
             */
            uuid: string;
        };
        Invited: {
            /**
             * @description An e-mail address, in lower case.
             * @example ada@example.com
             */
            email: string;
        };
        /**
         * @example {
         *       "requests": 600,
         *       "seconds": 60
         *     }
         */
        KeyLimit: {
            /** Format: int64 */
            requests: number;
            /** Format: int64 */
            seconds: number;
        };
        /**
         * @example {
         *       "max_ttl": 7776000,
         *       "default_ttl": 2592000,
         *       "require_expiration": true,
         *       "require_scopes": true,
         *       "require_networks": false
         *     }
         */
        KeyPolicy: {
            /**
             * Format: int64
             * @description The lifetime of a key that is created without a `ttl`.
             */
            default_ttl: number | null;
            /**
             * Format: int64
             * @description The longest lifetime in seconds.
             */
            max_ttl: number | null;
            /** @example true */
            require_expiration: boolean;
            /** @example false */
            require_networks: boolean;
            /** @example false */
            require_scopes: boolean;
        };
        /**
         * @description 1 to 64 Unicode code points, as shown to people. None is invisible or turns the direction of the text, and the first is no combining mark and no joiner. Older names stay as they are.
         * @example ci-main
         */
        Name: string;
        /**
         * @description An IPv4 or IPv6 network in CIDR notation, no host bits set. An IPv4-mapped caller counts as IPv4.
         * @example 192.0.2.0/24
         */
        Network: string;
        /**
         * @description An e-mail address that mail can be sent to: no dot at an end of the part before the @, no two together, and a domain of several parts, the last of letters at its ends; or `localhost`.
         * @example ada@example.com
         */
        NewEmail: string;
        Organization: {
            claimed: components["schemas"]["Time"];
            created: components["schemas"]["Time"];
            /** @description Rules for its keys; only those who may manage it see them. */
            key_policy?: components["schemas"]["KeyPolicy"];
            modified: components["schemas"]["Time"];
            /**
             * @description As shown to people.
             * @example Example
             */
            name: string;
            /**
             * @description The name in a URL.
             * @example example
             */
            slug: string;
            /**
             * Format: uuid
             * @description The organization, in lower case.
             * @example 01992c3e-a4f2-7c19-b5d8-61e3970c8b2f
             */
            uuid: string;
        };
        OrganizationMember: {
            created: components["schemas"]["Time"];
            /**
             * @description An e-mail address, in lower case.
             * @example ada@example.com
             */
            email: string;
            modified: components["schemas"]["Time"];
            /**
             * @description As shown to people.
             * @example Ada Lovelace
             */
            name: string;
            role: components["schemas"]["OrganizationRole"];
            /**
             * @description The name in a URL.
             * @example ada-lovelace
             */
            slug: string;
            /**
             * Format: uuid
             * @description The user, in lower case.
             * @example 01992c3e-9b07-7d63-8e41-0c5a7f2d93b6
             */
            uuid: string;
        };
        /** @enum {string} */
        OrganizationRole: "leader";
        /** @enum {string} */
        Permission: "view" | "create" | "edit" | "delete" | "manage" | "view_role" | "create_role" | "edit_role" | "delete_role";
        Project: {
            claimed: components["schemas"]["Time"];
            created: components["schemas"]["Time"];
            /** @description Rules for its keys; only those who may manage it see them. */
            key_policy?: components["schemas"]["KeyPolicy"];
            /** @description The scopes that the console offers for keys of the project. */
            key_scopes?: {
                /** @example Upload reports */
                description: string | null;
                /** @example reports:write */
                scope: string;
            }[];
            modified: components["schemas"]["Time"];
            /**
             * @description As shown to people.
             * @example Web shop
             */
            name: string;
            /**
             * Format: uuid
             * @description The organization, in lower case.
             * @example 01992c3e-a4f2-7c19-b5d8-61e3970c8b2f
             */
            organization: string;
            /**
             * @description The name in a URL.
             * @example web-shop
             */
            slug: string;
            /**
             * @description A URL.
             * @example https://example.com/shop
             */
            url: string | null;
            /**
             * Format: uuid
             * @description The project, in lower case.
             * @example 01992c3f-15c8-7e04-8a96-2b7d4c90f1a3
             */
            uuid: string;
            visibility: components["schemas"]["Visibility"];
        };
        ProjectKey: {
            /**
             * @example [
             *       "192.0.2.0/24"
             *     ]
             */
            allowed_networks?: string[];
            creation: components["schemas"]["Time"];
            /**
             * Format: uuid
             * @description The user, in lower case.
             * @example 01992c3e-9b07-7d63-8e41-0c5a7f2d93b6
             */
            creator: string | null;
            /** @example Uploads the reports of the nightly build */
            description?: string;
            expiration: components["schemas"]["Time"];
            /** @example customer-42 */
            external_id?: string;
            /**
             * @example {
             *       "team": "billing"
             *     }
             */
            metadata?: {
                [key: string]: string;
            };
            /**
             * @description As shown to people.
             * @example ci-main
             */
            name: string;
            /**
             * Format: uuid
             * @description The project, in lower case.
             * @example 01992c3f-15c8-7e04-8a96-2b7d4c90f1a3
             */
            project: string;
            rate_limit?: components["schemas"]["KeyLimit"];
            /**
             * Format: date-time
             * @description When it was revoked. Absent while the key is active.
             * @example 2026-05-02T12:00:00Z
             */
            revoked?: string;
            rotation?: components["schemas"]["Rotation"];
            /**
             * @example [
             *       "reports:write"
             *     ]
             */
            scopes?: string[];
            /**
             * @description The key may rotate itself.
             * @example true
             */
            self_rotation?: boolean;
            /**
             * Format: uuid
             * @description In lower case.
             * @example 01992c4e-7d1a-7b52-9c3e-5f0a8d6b2e41
             */
            uuid: string;
        };
        ProjectKeyCreated: {
            /**
             * @example [
             *       "192.0.2.0/24"
             *     ]
             */
            allowed_networks?: string[];
            creation: components["schemas"]["Time"];
            /** @example Uploads the reports of the nightly build */
            description?: string;
            expiration: components["schemas"]["Time"];
            /** @example customer-42 */
            external_id?: string;
            /**
             * @description The key itself. No other response holds it.
             * @example bencher_run_4XeQ2mK9sTb7LwPz1RhYvN3cJd0aGu
             */
            key: string;
            /**
             * @example {
             *       "team": "billing"
             *     }
             */
            metadata?: {
                [key: string]: string;
            };
            /**
             * @description As shown to people.
             * @example ci-main
             */
            name: string;
            /**
             * Format: uuid
             * @description The project, in lower case.
             * @example 01992c3f-15c8-7e04-8a96-2b7d4c90f1a3
             */
            project: string;
            rate_limit?: components["schemas"]["KeyLimit"];
            /**
             * @example [
             *       "reports:write"
             *     ]
             */
            scopes?: string[];
            /**
             * @description The key may rotate itself.
             * @example true
             */
            self_rotation?: boolean;
            /**
             * Format: uuid
             * @description In lower case.
             * @example 01992c4e-7d1a-7b52-9c3e-5f0a8d6b2e41
             */
            uuid: string;
        };
        ProjectMember: {
            created: components["schemas"]["Time"];
            /**
             * @description An e-mail address, in lower case.
             * @example ada@example.com
             */
            email: string;
            modified: components["schemas"]["Time"];
            /**
             * @description As shown to people.
             * @example Ada Lovelace
             */
            name: string;
            role: components["schemas"]["ProjectRole"];
            /**
             * @description The name in a URL.
             * @example ada-lovelace
             */
            slug: string;
            /**
             * Format: uuid
             * @description The user, in lower case.
             * @example 01992c3e-9b07-7d63-8e41-0c5a7f2d93b6
             */
            uuid: string;
        };
        /** @enum {string} */
        ProjectRole: "viewer" | "developer" | "maintainer";
        /**
         * @description A slug or a UUID.
         * @example web-shop
         */
        ResourceId: string;
        RevocationOutcome: {
            /** @enum {string} */
            outcome: "revoked" | "already_revoked" | "not_found";
            /**
             * Format: uuid
             * @description In lower case.
             * @example 01992c4e-7d1a-7b52-9c3e-5f0a8d6b2e41
             */
            uuid: string;
        };
        RevokedOfUser: {
            /**
             * Format: int64
             * @description How many project keys were revoked: at most 1,000.
             */
            project_keys: number;
            /**
             * Format: int64
             * @description How many project keys are left. Repeat the request until it is 0.
             */
            remaining: number;
            /**
             * Format: int64
             * @description How many user keys (API tokens) were revoked.
             */
            user_keys: number;
        };
        /** @description There while the old secret of the last rotation goes on; `ends` is its end, as known by now. */
        Rotation: {
            ends: components["schemas"]["Time"];
            /**
             * Format: date-time
             * @description The first use of the new secret.
             * @example 2026-05-02T12:00:00Z
             */
            first_used: string | null;
            /**
             * Format: int64
             * @description Seconds from the first use of the new secret to the end of the old one.
             */
            grace: number;
            started: components["schemas"]["Time"];
        };
        /**
         * @description A scope by RFC 6749. `reports:*` covers `reports:` followed by anything.
         * @example reports:write
         */
        Scope: string;
        Spec: {
            [key: string]: unknown;
        };
        /**
         * Format: date-time
         * @description RFC 3339, in UTC and whole seconds.
         * @example 2026-05-02T12:00:00Z
         */
        Time: string;
        /**
         * @description The token of a mailed link.
         * @example eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGFAZXhhbXBsZS5jb20ifQ.gKSL4lxpFLb7iQ
         */
        Token: string;
        Usage: {
            address: string | null;
            days: {
                /** Format: int64 */
                calls: number;
                /** Format: date */
                day: string;
            }[];
            /**
             * Format: date-time
             * @description RFC 3339, in UTC and whole seconds.
             * @example 2026-05-02T12:00:00Z
             */
            last_used: string | null;
        };
        User: {
            admin: boolean;
            /**
             * @description An e-mail address, in lower case.
             * @example ada@example.com
             */
            email: string;
            /** @description false: the user gets no mails before keys end. Absent while they get them. */
            expiration_mails?: boolean;
            locked: boolean;
            /**
             * @description As shown to people.
             * @example Ada Lovelace
             */
            name: string;
            /**
             * @description The name in a URL.
             * @example ada-lovelace
             */
            slug: string;
            /**
             * Format: uuid
             * @description The user, in lower case.
             * @example 01992c3e-9b07-7d63-8e41-0c5a7f2d93b6
             */
            uuid: string;
        };
        UserKey: {
            creation: components["schemas"]["Time"];
            expiration: components["schemas"]["Time"];
            /**
             * @description As shown to people.
             * @example ci-main
             */
            name: string;
            /**
             * Format: date-time
             * @description When it was revoked. Absent while the key is active.
             * @example 2026-05-02T12:00:00Z
             */
            revoked?: string;
            /**
             * Format: uuid
             * @description The user, in lower case.
             * @example 01992c3e-9b07-7d63-8e41-0c5a7f2d93b6
             */
            user: string;
            /**
             * Format: uuid
             * @description In lower case.
             * @example 01992c4e-7d1a-7b52-9c3e-5f0a8d6b2e41
             */
            uuid: string;
        };
        UserKeyCreated: {
            creation: components["schemas"]["Time"];
            expiration: components["schemas"]["Time"];
            /**
             * @description The key itself. No other response holds it.
             * @example bencher_run_4XeQ2mK9sTb7LwPz1RhYvN3cJd0aGu
             */
            key: string;
            /**
             * @description As shown to people.
             * @example ci-main
             */
            name: string;
            /**
             * Format: uuid
             * @description The user, in lower case.
             * @example 01992c3e-9b07-7d63-8e41-0c5a7f2d93b6
             */
            user: string;
            /**
             * Format: uuid
             * @description In lower case.
             * @example 01992c4e-7d1a-7b52-9c3e-5f0a8d6b2e41
             */
            uuid: string;
        };
        /**
         * @description A UUID in any letter case.
         * @example 01992c4e-7d1a-7b52-9c3e-5f0a8d6b2e41
         */
        Uuid: string;
        VerifiedKey: {
            /**
             * @example [
             *       "192.0.2.0/24"
             *     ]
             */
            allowed_networks?: string[];
            /** @example Uploads the reports of the nightly build */
            description?: string;
            expiration: components["schemas"]["Time"];
            /** @example customer-42 */
            external_id?: string;
            /**
             * @example {
             *       "team": "billing"
             *     }
             */
            metadata?: {
                [key: string]: string;
            };
            /**
             * @description As shown to people.
             * @example ci-main
             */
            name: string;
            project: {
                /**
                 * @description The name in a URL.
                 * @example web-shop
                 */
                slug: string;
                /**
                 * Format: uuid
                 * @description The project, in lower case.
                 * @example 01992c3f-15c8-7e04-8a96-2b7d4c90f1a3
                 */
                uuid: string;
            };
            rate_limit?: components["schemas"]["KeyLimit"];
            /**
             * @example [
             *       "reports:write"
             *     ]
             */
            scopes?: string[];
            /**
             * Format: uuid
             * @description In lower case.
             * @example 01992c4e-7d1a-7b52-9c3e-5f0a8d6b2e41
             */
            uuid: string;
        };
        Version: {
            version: string;
        };
        /** @enum {string} */
        Visibility: "public" | "private";
        Whoami: {
            /**
             * @example [
             *       "192.0.2.0/24"
             *     ]
             */
            allowed_networks?: string[];
            creation?: components["schemas"]["Time"];
            /**
             * @description Of a user.
             * @enum {string}
             */
            credential?: "session" | "user_key";
            expiration?: components["schemas"]["Time"];
            /**
             * @description Which of the following fields are there.
             * @enum {string}
             */
            kind: "user" | "project_key";
            /**
             * @description As shown to people.
             * @example ci-main
             */
            name?: string;
            project?: {
                /**
                 * @description The name in a URL.
                 * @example web-shop
                 */
                slug: string;
                /**
                 * Format: uuid
                 * @description The project, in lower case.
                 * @example 01992c3f-15c8-7e04-8a96-2b7d4c90f1a3
                 */
                uuid: string;
            };
            rate_limit?: components["schemas"]["KeyLimit"];
            /**
             * @example [
             *       "reports:write"
             *     ]
             */
            scopes?: string[];
            /**
             * @description The key may rotate itself.
             * @example true
             */
            self_rotation?: boolean;
            user?: components["schemas"]["User"];
            /**
             * Format: uuid
             * @description Of a project key, as the other fields.
             * @example 01992c4e-7d1a-7b52-9c3e-5f0a8d6b2e41
             */
            uuid?: string;
        };
    };
    responses: {
        /** @description The path, the query or the body is wrong; the message says how. */
        BadRequest: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description The body is larger than 1 MiB, or a form is larger than 64 KiB. */
        ContentTooLarge: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description The server meets no expectation but `100-continue`. */
        ExpectationFailed: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description You may not do this. */
        Forbidden: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description The headers are larger than 16 KiB. */
        HeadersTooLarge: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description The path does not have this method. */
        MethodNotAllowed: {
            headers: {
                Allow: components["headers"]["Allow"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description The request took too long to arrive: a body has 10 seconds after the headers. */
        RequestTimeout: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description The service failed. */
        ServiceFailed: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description The database does not answer, or the service is starting. */
        ServiceUnavailable: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description Too many requests; the message says of what. */
        TooManyRequests: {
            headers: {
                "Retry-After": components["headers"]["Retry-After"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description There is no credential, or it is not valid. */
        Unauthorized: {
            headers: {
                "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
        /** @description The body has another type, or it is compressed. */
        UnsupportedMediaType: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/json": components["schemas"]["Error"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: {
        /** @description The methods of this path. */
        Allow: string;
        /** @description Only while the database is away and STALE_IF_DOWN is set: the seconds since it last answered. */
        "Evidence-Age": string;
        /** @description What is left of the limit of the key (draft-ietf-httpapi-ratelimit-headers); absent without one. */
        RateLimit: string;
        /** @description The limit of the key (draft-ietf-httpapi-ratelimit-headers); absent without one. */
        "RateLimit-Policy": string;
        /** @description The number of seconds after which to try again. */
        "Retry-After": string;
        /** @description How to authenticate (RFC 6750). */
        "WWW-Authenticate": string;
        /** @description The customer for whom the key is, if it is set. */
        "X-External-Id": string;
        /** @description The slug of the project that the key belongs to. */
        "X-Project": string;
        /** @description The UUID of the key. */
        "X-Project-Key": string;
        /** @description The id of this request: give it to the operator when you ask for help. */
        "X-Request-Id": string;
        /** @description The scopes of the key, separated by blanks; absent if it may do everything. */
        "X-Scopes": string;
        /** @description The number of matches on all pages. */
        "X-Total-Count": string;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    "auth-accept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    invite: components["schemas"]["Token"];
                };
            };
        };
        responses: {
            /** @description Done. */
            202: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuthAck"];
                };
            };
            400: components["responses"]["BadRequest"];
            /** @description There is no credential, or it is not valid. */
            401: {
                headers: {
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description It does not exist, or you may not see it. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "auth-confirm": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    token: components["schemas"]["Token"];
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuthUser"];
                };
            };
            400: components["responses"]["BadRequest"];
            /** @description There is no credential, or it is not valid. */
            401: {
                headers: {
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "auth-login": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    email: components["schemas"]["Email"];
                    /**
                     * @description The token of a mailed link.
                     * @example eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGFAZXhhbXBsZS5jb20ifQ.gKSL4lxpFLb7iQ
                     */
                    invite?: string | null;
                    /**
                     * @description The page of the console that the link leads to.
                     * @example /projects
                     */
                    path?: string | null;
                };
            };
        };
        responses: {
            /** @description Done. */
            202: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuthAck"];
                };
            };
            400: components["responses"]["BadRequest"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "auth-signUp": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    email: components["schemas"]["NewEmail"];
                    i_agree: boolean;
                    /**
                     * @description An invitation. It is needed where sign-up is closed.
                     * @example eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGFAZXhhbXBsZS5jb20ifQ.gKSL4lxpFLb7iQ
                     */
                    invite?: string | null;
                    name: components["schemas"]["Name"];
                    /**
                     * @description The name in a URL: lower-case letters and digits, with single hyphens between them.
                     * @example web-shop
                     */
                    slug?: string | null;
                };
            };
        };
        responses: {
            /** @description Done. */
            202: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuthAck"];
                };
            };
            400: components["responses"]["BadRequest"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "verification-introspect": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/x-www-form-urlencoded": {
                    /**
                     * @description The address of its holder. Without one, a key with networks is not active.
                     * @example 192.0.2.7
                     */
                    address?: string;
                    /**
                     * @description The key to look up.
                     * @example bencher_run_4XeQ2mK9sTb7LwPz1RhYvN3cJd0aGu
                     */
                    token: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Introspection"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "keys-find": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description The key itself, also one that has ended.
                     * @example bencher_run_4XeQ2mK9sTb7LwPz1RhYvN3cJd0aGu
                     */
                    key: string;
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["FoundKey"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description It does not exist, or you may not see it. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "organizations-list": {
        parameters: {
            query?: {
                direction?: "asc" | "desc";
                name?: string;
                page?: number;
                per_page?: number;
                search?: string;
                sort?: "name";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Total-Count": components["headers"]["X-Total-Count"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Organization"][];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "organizations-create": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name: components["schemas"]["Name"];
                    /**
                     * @description The name in a URL: lower-case letters and digits, with single hyphens between them.
                     * @example web-shop
                     */
                    slug?: string | null;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Organization"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            /** @description The present state does not allow this; the message says why. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "organizations-view": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A slug or a UUID. */
                organization: components["schemas"]["ResourceId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Organization"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description It does not exist, or you may not see it. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "organizations-update": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A slug or a UUID. */
                organization: components["schemas"]["ResourceId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description Rules for new and changed keys. It is replaced as a whole; null takes it away.
                     * @example {
                     *       "max_ttl": 7776000,
                     *       "default_ttl": 2592000,
                     *       "require_expiration": true,
                     *       "require_scopes": true,
                     *       "require_networks": false
                     *     }
                     */
                    key_policy?: {
                        /** Format: int64 */
                        default_ttl?: number | null;
                        /** Format: int64 */
                        max_ttl?: number | null;
                        require_expiration?: boolean | null;
                        require_networks?: boolean | null;
                        require_scopes?: boolean | null;
                    } | null;
                    /**
                     * @description 1 to 64 Unicode code points, as shown to people. None is invisible or turns the direction of the text, and the first is no combining mark and no joiner. Older names stay as they are.
                     * @example ci-main
                     */
                    name?: string | null;
                    /**
                     * @description The name in a URL: lower-case letters and digits, with single hyphens between them.
                     * @example web-shop
                     */
                    slug?: string | null;
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Organization"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description It does not exist, or you may not see it. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            /** @description The present state does not allow this; the message says why. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "organizations-allowed": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A slug or a UUID. */
                organization: components["schemas"]["ResourceId"];
                permission: components["schemas"]["Permission"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Allowed"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description It does not exist, or you may not see it. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "events-list": {
        parameters: {
            query?: {
                action?: string;
                before?: number;
                key?: components["schemas"]["Uuid"];
                per_page?: number;
                person?: components["schemas"]["Uuid"];
                since?: string;
                until?: string;
            };
            header?: never;
            path: {
                /** @description A slug or a UUID. */
                organization: components["schemas"]["ResourceId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditEvent"][];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description It does not exist, or you may not see it. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "events-export": {
        parameters: {
            query?: {
                format?: "ndjson";
            };
            header?: never;
            path: {
                /** @description A slug or a UUID. */
                organization: components["schemas"]["ResourceId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": string;
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description It does not exist, or you may not see it. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "organizationInvitations-list": {
        parameters: {
            query?: {
                direction?: "asc" | "desc";
                name?: string;
                page?: number;
                per_page?: number;
                search?: string;
                sort?: "name";
            };
            header?: never;
            path: {
                /** @description A slug or a UUID. */
                organization: components["schemas"]["ResourceId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Total-Count": components["headers"]["X-Total-Count"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invitation"][];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description It does not exist, or you may not see it. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "organizationInvitations-withdraw": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A UUID in any letter case. */
                invitation: components["schemas"]["Uuid"];
                /** @description A slug or a UUID. */
                organization: components["schemas"]["ResourceId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description It does not exist, or you may not see it. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "organizationMembers-list": {
        parameters: {
            query?: {
                direction?: "asc" | "desc";
                name?: string;
                page?: number;
                per_page?: number;
                search?: string;
                sort?: "name";
            };
            header?: never;
            path: {
                /** @description A slug or a UUID. */
                organization: components["schemas"]["ResourceId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Total-Count": components["headers"]["X-Total-Count"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrganizationMember"][];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description It does not exist, or you may not see it. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "organizationInvitations-create": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A slug or a UUID. */
                organization: components["schemas"]["ResourceId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    email: components["schemas"]["NewEmail"];
                    /**
                     * @description Ignored. Bencher takes it.
                     * @example ci-main
                     */
                    name?: string | null;
                    role: components["schemas"]["OrganizationRole"];
                };
            };
        };
        responses: {
            /** @description Done. */
            202: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invited"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description It does not exist, or you may not see it. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            /** @description The present state does not allow this; the message says why. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "organizationMembers-view": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A slug or a UUID. */
                organization: components["schemas"]["ResourceId"];
                /** @description A slug or a UUID. */
                user: components["schemas"]["ResourceId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrganizationMember"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description It does not exist, or you may not see it. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "organizationMembers-remove": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A slug or a UUID. */
                organization: components["schemas"]["ResourceId"];
                /** @description A slug or a UUID. */
                user: components["schemas"]["ResourceId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description It does not exist, or you may not see it. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            /** @description The present state does not allow this; the message says why. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "organizationMembers-update": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A slug or a UUID. */
                organization: components["schemas"]["ResourceId"];
                /** @description A slug or a UUID. */
                user: components["schemas"]["ResourceId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    role?: (string & components["schemas"]["OrganizationRole"]) | null;
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["OrganizationMember"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description It does not exist, or you may not see it. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "projects-listOfOrganization": {
        parameters: {
            query?: {
                direction?: "asc" | "desc";
                name?: string;
                page?: number;
                per_page?: number;
                search?: string;
                sort?: "name";
            };
            header?: never;
            path: {
                /** @description A slug or a UUID. */
                organization: components["schemas"]["ResourceId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Total-Count": components["headers"]["X-Total-Count"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Project"][];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description It does not exist, or you may not see it. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "projects-create": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A slug or a UUID. */
                organization: components["schemas"]["ResourceId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name: components["schemas"]["Name"];
                    /**
                     * @description The name in a URL: lower-case letters and digits, with single hyphens between them.
                     * @example web-shop
                     */
                    slug?: string | null;
                    /** @example https://example.com/shop */
                    url?: string | null;
                    visibility?: (string & components["schemas"]["Visibility"]) | null;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Project"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description It does not exist, or you may not see it. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            /** @description The present state does not allow this; the message says why. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "projects-list": {
        parameters: {
            query?: {
                direction?: "asc" | "desc";
                name?: string;
                page?: number;
                per_page?: number;
                search?: string;
                sort?: "name";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Total-Count": components["headers"]["X-Total-Count"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Project"][];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "projects-view": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A slug or a UUID. */
                project: components["schemas"]["ResourceId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Project"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description It does not exist, or you may not see it. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "projects-delete": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A slug or a UUID. */
                project: components["schemas"]["ResourceId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description It does not exist, or you may not see it. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "projects-update": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A slug or a UUID. */
                project: components["schemas"]["ResourceId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description Rules for new and changed keys. It is replaced as a whole; null takes it away.
                     * @example {
                     *       "max_ttl": 7776000,
                     *       "default_ttl": 2592000,
                     *       "require_expiration": true,
                     *       "require_scopes": true,
                     *       "require_networks": false
                     *     }
                     */
                    key_policy?: {
                        /** Format: int64 */
                        default_ttl?: number | null;
                        /** Format: int64 */
                        max_ttl?: number | null;
                        require_expiration?: boolean | null;
                        require_networks?: boolean | null;
                        require_scopes?: boolean | null;
                    } | null;
                    /** @description Replaces the list of the scopes of the project; null takes it away. */
                    key_scopes?: {
                        /** @example Uploads the reports of the nightly build */
                        description?: string | null;
                        scope: components["schemas"]["Scope"];
                    }[] | null;
                    /**
                     * @description 1 to 64 Unicode code points, as shown to people. None is invisible or turns the direction of the text, and the first is no combining mark and no joiner. Older names stay as they are.
                     * @example ci-main
                     */
                    name?: string | null;
                    /**
                     * @description The name in a URL: lower-case letters and digits, with single hyphens between them.
                     * @example web-shop
                     */
                    slug?: string | null;
                    /** @example https://example.com/shop */
                    url?: string | null;
                    visibility?: (string & components["schemas"]["Visibility"]) | null;
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Project"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description It does not exist, or you may not see it. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            /** @description The present state does not allow this; the message says why. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "projects-allowed": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                permission: components["schemas"]["Permission"];
                /** @description A slug or a UUID. */
                project: components["schemas"]["ResourceId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Allowed"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description It does not exist, or you may not see it. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "projectInvitations-list": {
        parameters: {
            query?: {
                direction?: "asc" | "desc";
                name?: string;
                page?: number;
                per_page?: number;
                search?: string;
                sort?: "name";
            };
            header?: never;
            path: {
                /** @description A slug or a UUID. */
                project: components["schemas"]["ResourceId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Total-Count": components["headers"]["X-Total-Count"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invitation"][];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description It does not exist, or you may not see it. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "projectInvitations-withdraw": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A UUID in any letter case. */
                invitation: components["schemas"]["Uuid"];
                /** @description A slug or a UUID. */
                project: components["schemas"]["ResourceId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description It does not exist, or you may not see it. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "projectKeys-list": {
        parameters: {
            query?: {
                direction?: "asc" | "desc";
                external_id?: components["schemas"]["ExternalId"];
                name?: string;
                page?: number;
                per_page?: number;
                revoked?: boolean;
                search?: string;
                sort?: "name";
            };
            header?: never;
            path: {
                /** @description A slug or a UUID. */
                project: components["schemas"]["ResourceId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Total-Count": components["headers"]["X-Total-Count"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProjectKey"][];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description It does not exist, or you may not see it. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "projectKeys-create": {
        parameters: {
            query?: never;
            header?: {
                /** @description A text that you make up for this request, such as a UUID: 1 to 255 visible ASCII characters, with or without quotes. For 24 hours the same request with the same header gets the same response, and nothing is done twice. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A slug or a UUID. */
                project: components["schemas"]["ResourceId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The networks from which the key may be used; all if it is not set. */
                    allowed_networks?: components["schemas"]["Network"][] | null;
                    /**
                     * @description What the key is for, in at most 200 characters.
                     * @example Uploads the reports of the nightly build
                     */
                    description?: string | null;
                    /**
                     * @description The customer for whom the key is.
                     * @example customer-42
                     */
                    external_id?: string | null;
                    /**
                     * @description A flat object of texts: at most 50 fields and 4 KiB of JSON. It is replaced as a whole.
                     * @example {
                     *       "team": "billing"
                     *     }
                     */
                    metadata?: {
                        [key: string]: string;
                    } | null;
                    name: components["schemas"]["Name"];
                    /**
                     * @description How often the key may be used in each window of so many seconds.
                     * @example {
                     *       "requests": 600,
                     *       "seconds": 60
                     *     }
                     */
                    rate_limit?: {
                        /** Format: int64 */
                        requests: number;
                        /** Format: int64 */
                        seconds: number;
                    } | null;
                    /** @description What the key may do; everything if it is not set. */
                    scopes?: components["schemas"]["Scope"][] | null;
                    /** @description Whether the key may rotate itself; false unless given. */
                    self_rotation?: boolean | null;
                    /**
                     * Format: int64
                     * @description Seconds until the key expires; 4294967295 unless given.
                     * @example 7776000
                     */
                    ttl?: number | null;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProjectKeyCreated"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description It does not exist, or you may not see it. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            /** @description The present state does not allow this; the message says why. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            /** @description The request is not the one that it repeats. */
            422: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "projectKeys-view": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A UUID in any letter case. */
                key: components["schemas"]["Uuid"];
                /** @description A slug or a UUID. */
                project: components["schemas"]["ResourceId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProjectKey"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description It does not exist, or you may not see it. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "projectKeys-revoke": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A UUID in any letter case. */
                key: components["schemas"]["Uuid"];
                /** @description A slug or a UUID. */
                project: components["schemas"]["ResourceId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description It does not exist, or you may not see it. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            /** @description The present state does not allow this; the message says why. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "projectKeys-rename": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A UUID in any letter case. */
                key: components["schemas"]["Uuid"];
                /** @description A slug or a UUID. */
                project: components["schemas"]["ResourceId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /** @description The networks from which the key may be used; all if it is not set. */
                    allowed_networks?: components["schemas"]["Network"][] | null;
                    /**
                     * @description What the key is for, in at most 200 characters.
                     * @example Uploads the reports of the nightly build
                     */
                    description?: string | null;
                    /**
                     * Format: date-time
                     * @description The new end, in RFC 3339 with an offset and in whole seconds.
                     * @example 2027-05-02T12:00:00Z
                     */
                    expiration?: string;
                    /**
                     * @description The customer for whom the key is.
                     * @example customer-42
                     */
                    external_id?: string | null;
                    /**
                     * @description A flat object of texts: at most 50 fields and 4 KiB of JSON. It is replaced as a whole.
                     * @example {
                     *       "team": "billing"
                     *     }
                     */
                    metadata?: {
                        [key: string]: string;
                    } | null;
                    /**
                     * @description 1 to 64 Unicode code points, as shown to people. None is invisible or turns the direction of the text, and the first is no combining mark and no joiner. Older names stay as they are.
                     * @example ci-main
                     */
                    name?: string | null;
                    /**
                     * @description How often the key may be used in each window of so many seconds.
                     * @example {
                     *       "requests": 600,
                     *       "seconds": 60
                     *     }
                     */
                    rate_limit?: {
                        /** Format: int64 */
                        requests: number;
                        /** Format: int64 */
                        seconds: number;
                    } | null;
                    /** @description What the key may do; everything if it is not set. */
                    scopes?: components["schemas"]["Scope"][] | null;
                    /** @description Whether the key may rotate itself; false unless given. */
                    self_rotation?: boolean | null;
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProjectKey"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description It does not exist, or you may not see it. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            /** @description The present state does not allow this; the message says why. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "rotations-rotate": {
        parameters: {
            query?: never;
            header?: {
                /** @description A text that you make up for this request, such as a UUID: 1 to 255 visible ASCII characters, with or without quotes. For 24 hours the same request with the same header gets the same response, and nothing is done twice. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description A UUID in any letter case. */
                key: components["schemas"]["Uuid"];
                /** @description A slug or a UUID. */
                project: components["schemas"]["ResourceId"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /**
                     * Format: int64
                     * @description How long the old secret goes on after the first use of the new one, in seconds; 86400 unless given.
                     * @example 3600
                     */
                    grace?: number | null;
                    /** @description true: an open rotation ends, and the secret that is not in use is dropped: the new one if it was never used, else the old one. */
                    replace?: boolean | null;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProjectKeyCreated"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description It does not exist, or you may not see it. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            /** @description The present state does not allow this; the message says why. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            /** @description The request is not the one that it repeats. */
            422: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "rotations-end": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A UUID in any letter case. */
                key: components["schemas"]["Uuid"];
                /** @description A slug or a UUID. */
                project: components["schemas"]["ResourceId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description It does not exist, or you may not see it. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            /** @description The present state does not allow this; the message says why. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "verification-usage": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A UUID in any letter case. */
                key: components["schemas"]["Uuid"];
                /** @description A slug or a UUID. */
                project: components["schemas"]["ResourceId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Usage"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description It does not exist, or you may not see it. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "projectKeys-export": {
        parameters: {
            query?: {
                expires_before?: string;
                expires_from?: string;
                external_id?: components["schemas"]["ExternalId"];
                format?: "csv" | "ndjson";
                name?: string;
                revoked?: boolean;
                search?: string;
                state?: "active" | "expired" | "revoked";
            };
            header?: never;
            path: {
                /** @description A slug or a UUID. */
                project: components["schemas"]["ResourceId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": string;
                    "text/csv": string;
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description It does not exist, or you may not see it. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "projectKeys-revokeMany": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A slug or a UUID. */
                project: components["schemas"]["ResourceId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    keys: components["schemas"]["Uuid"][];
                    /**
                     * @description Why they are revoked, for those who manage the keys. The holder of a key never learns it.
                     * @example Found in a public repository
                     */
                    reason?: string | null;
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RevocationOutcome"][];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description It does not exist, or you may not see it. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "projectMembers-list": {
        parameters: {
            query?: {
                direction?: "asc" | "desc";
                name?: string;
                page?: number;
                per_page?: number;
                search?: string;
                sort?: "name";
            };
            header?: never;
            path: {
                /** @description A slug or a UUID. */
                project: components["schemas"]["ResourceId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Total-Count": components["headers"]["X-Total-Count"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProjectMember"][];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description It does not exist, or you may not see it. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "projectInvitations-create": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A slug or a UUID. */
                project: components["schemas"]["ResourceId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    email: components["schemas"]["NewEmail"];
                    /**
                     * @description Ignored. Bencher takes it.
                     * @example ci-main
                     */
                    name?: string | null;
                    role: components["schemas"]["ProjectRole"];
                };
            };
        };
        responses: {
            /** @description Done. */
            202: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Invited"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description It does not exist, or you may not see it. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            /** @description The present state does not allow this; the message says why. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "projectMembers-view": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A slug or a UUID. */
                project: components["schemas"]["ResourceId"];
                /** @description A slug or a UUID. */
                user: components["schemas"]["ResourceId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProjectMember"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description It does not exist, or you may not see it. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "projectMembers-remove": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A slug or a UUID. */
                project: components["schemas"]["ResourceId"];
                /** @description A slug or a UUID. */
                user: components["schemas"]["ResourceId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description It does not exist, or you may not see it. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "projectMembers-update": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A slug or a UUID. */
                project: components["schemas"]["ResourceId"];
                /** @description A slug or a UUID. */
                user: components["schemas"]["ResourceId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    role?: (string & components["schemas"]["ProjectRole"]) | null;
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProjectMember"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description It does not exist, or you may not see it. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "verification-verifyOfProject": {
        parameters: {
            query?: {
                challenge?: "bearer" | "basic";
                scope?: string;
            };
            header?: never;
            path: {
                /** @description A slug or a UUID. */
                project: components["schemas"]["ResourceId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    "Evidence-Age": components["headers"]["Evidence-Age"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-External-Id": components["headers"]["X-External-Id"];
                    "X-Project": components["headers"]["X-Project"];
                    "X-Project-Key": components["headers"]["X-Project-Key"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Scopes": components["headers"]["X-Scopes"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VerifiedKey"];
                };
            };
            400: components["responses"]["BadRequest"];
            /** @description There is no credential, or it is not valid. */
            401: {
                headers: {
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            417: components["responses"]["ExpectationFailed"];
            /** @description Too many requests; the message says of what. */
            429: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "server-auditKey": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditKey"];
                };
            };
            400: components["responses"]["BadRequest"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            417: components["responses"]["ExpectationFailed"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "server-console": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Console"];
                };
            };
            400: components["responses"]["BadRequest"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            417: components["responses"]["ExpectationFailed"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "events-listOfServer": {
        parameters: {
            query?: {
                action?: string;
                before?: number;
                key?: components["schemas"]["Uuid"];
                per_page?: number;
                person?: components["schemas"]["Uuid"];
                since?: string;
                until?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AuditEvent"][];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "events-exportOfServer": {
        parameters: {
            query?: {
                format?: "ndjson";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/x-ndjson": string;
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "server-spec": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Spec"];
                };
            };
            400: components["responses"]["BadRequest"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            417: components["responses"]["ExpectationFailed"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "server-version": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Version"];
                };
            };
            400: components["responses"]["BadRequest"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            417: components["responses"]["ExpectationFailed"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "users-list": {
        parameters: {
            query?: {
                direction?: "asc" | "desc";
                name?: string;
                page?: number;
                per_page?: number;
                search?: string;
                sort?: "name";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Total-Count": components["headers"]["X-Total-Count"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"][];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "users-view": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A slug or a UUID. */
                user: components["schemas"]["ResourceId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description It does not exist, or you may not see it. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "users-update": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A slug or a UUID. */
                user: components["schemas"]["ResourceId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    admin?: boolean | null;
                    /**
                     * @description An e-mail address. Its letter case does not matter.
                     * @example ada@example.com
                     */
                    email?: string | null;
                    expiration_mails?: boolean | null;
                    locked?: boolean | null;
                    /**
                     * @description 1 to 64 Unicode code points, as shown to people. None is invisible or turns the direction of the text, and the first is no combining mark and no joiner. Older names stay as they are.
                     * @example ci-main
                     */
                    name?: string | null;
                    /**
                     * @description The name in a URL: lower-case letters and digits, with single hyphens between them.
                     * @example web-shop
                     */
                    slug?: string | null;
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["User"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description It does not exist, or you may not see it. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            /** @description The present state does not allow this; the message says why. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "userKeys-list": {
        parameters: {
            query?: {
                direction?: "asc" | "desc";
                name?: string;
                page?: number;
                per_page?: number;
                revoked?: boolean;
                search?: string;
                sort?: "name";
            };
            header?: never;
            path: {
                /** @description A slug or a UUID. */
                user: components["schemas"]["ResourceId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Total-Count": components["headers"]["X-Total-Count"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserKey"][];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description It does not exist, or you may not see it. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "userKeys-create": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A slug or a UUID. */
                user: components["schemas"]["ResourceId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    name: components["schemas"]["Name"];
                    /**
                     * Format: int64
                     * @description Seconds until the key expires; 4294967295 unless given.
                     * @example 7776000
                     */
                    ttl?: number | null;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserKeyCreated"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description It does not exist, or you may not see it. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "userKeys-view": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A UUID in any letter case. */
                key: components["schemas"]["Uuid"];
                /** @description A slug or a UUID. */
                user: components["schemas"]["ResourceId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserKey"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description It does not exist, or you may not see it. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "userKeys-revoke": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A UUID in any letter case. */
                key: components["schemas"]["Uuid"];
                /** @description A slug or a UUID. */
                user: components["schemas"]["ResourceId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description It does not exist, or you may not see it. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            /** @description The present state does not allow this; the message says why. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "userKeys-rename": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A UUID in any letter case. */
                key: components["schemas"]["Uuid"];
                /** @description A slug or a UUID. */
                user: components["schemas"]["ResourceId"];
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": {
                    /**
                     * @description 1 to 64 Unicode code points, as shown to people. None is invisible or turns the direction of the text, and the first is no combining mark and no joiner. Older names stay as they are.
                     * @example ci-main
                     */
                    name?: string | null;
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["UserKey"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description It does not exist, or you may not see it. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            /** @description The present state does not allow this; the message says why. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "madeKeys-list": {
        parameters: {
            query?: {
                direction?: "asc" | "desc";
                name?: string;
                page?: number;
                per_page?: number;
                revoked?: boolean;
                search?: string;
                sort?: "name";
            };
            header?: never;
            path: {
                /** @description A slug or a UUID. */
                user: components["schemas"]["ResourceId"];
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Total-Count": components["headers"]["X-Total-Count"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProjectKey"][];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description It does not exist, or you may not see it. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "madeKeys-revoke": {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description A slug or a UUID. */
                user: components["schemas"]["ResourceId"];
            };
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /**
                     * @description Why they are revoked, for those who manage the keys. The holder of a key never learns it.
                     * @example Found in a public repository
                     */
                    reason?: string | null;
                };
            };
        };
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["RevokedOfUser"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description It does not exist, or you may not see it. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "verification-verify": {
        parameters: {
            query?: {
                challenge?: "bearer" | "basic";
                project?: components["schemas"]["ResourceId"];
                scope?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    "Evidence-Age": components["headers"]["Evidence-Age"];
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimit-Policy"];
                    "X-External-Id": components["headers"]["X-External-Id"];
                    "X-Project": components["headers"]["X-Project"];
                    "X-Project-Key": components["headers"]["X-Project-Key"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    "X-Scopes": components["headers"]["X-Scopes"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["VerifiedKey"];
                };
            };
            400: components["responses"]["BadRequest"];
            /** @description There is no credential, or it is not valid. */
            401: {
                headers: {
                    "WWW-Authenticate": components["headers"]["WWW-Authenticate"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            417: components["responses"]["ExpectationFailed"];
            /** @description Too many requests; the message says of what. */
            429: {
                headers: {
                    "Retry-After": components["headers"]["Retry-After"];
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "whoami-view": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Whoami"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "whoami-revoke": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Done. */
            204: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            /** @description The present state does not allow this; the message says why. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            417: components["responses"]["ExpectationFailed"];
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    "whoami-rotate": {
        parameters: {
            query?: never;
            header?: {
                /** @description A text that you make up for this request, such as a UUID: 1 to 255 visible ASCII characters, with or without quotes. For 24 hours the same request with the same header gets the same response, and nothing is done twice. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: {
            content: {
                "application/json": {
                    /**
                     * Format: int64
                     * @description How long the old secret goes on after the first use of the new one, in seconds; 86400 unless given.
                     * @example 3600
                     */
                    grace?: number | null;
                };
            };
        };
        responses: {
            /** @description Done. */
            201: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProjectKeyCreated"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            /** @description You may not do this. */
            403: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            /** @description It does not exist, or you may not see it. */
            404: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            405: components["responses"]["MethodNotAllowed"];
            408: components["responses"]["RequestTimeout"];
            /** @description The present state does not allow this; the message says why. */
            409: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            413: components["responses"]["ContentTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            417: components["responses"]["ExpectationFailed"];
            /** @description The request is not the one that it repeats. */
            422: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Error"];
                };
            };
            429: components["responses"]["TooManyRequests"];
            431: components["responses"]["HeadersTooLarge"];
            500: components["responses"]["ServiceFailed"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
}
