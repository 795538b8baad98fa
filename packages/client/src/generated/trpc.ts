// Written by the test client-types of apps/api: run it with `vitest run -u` after a change of the API.

export type paths = Record<string, never>;
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
            /** @constant */
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
         * Format: email
         * @description An e-mail address. Its letter case does not matter.
         * @example ada@example.com
         */
        Email: string;
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
        Inputs: {
            auth: {
                accept: {
                    invite: components["schemas"]["Token"];
                };
                confirm: {
                    token: components["schemas"]["Token"];
                };
                inspectInvitation: {
                    invite: components["schemas"]["Token"];
                };
                inspectLink: {
                    token: components["schemas"]["Token"];
                };
                inspectRestore: {
                    token: components["schemas"]["Token"];
                };
                join: {
                    invite: components["schemas"]["Token"];
                    name?: components["schemas"]["Name"] | null;
                };
                login: {
                    email: components["schemas"]["Email"];
                    invite?: components["schemas"]["Token"] | null;
                    /** @description The page of the console that the link leads to. */
                    path?: components["schemas"]["Path"] | null;
                };
                restoreAddress: {
                    token: components["schemas"]["Token"];
                };
                signOut: undefined;
                signOutEverywhere: undefined;
                signUp: {
                    email: components["schemas"]["NewEmail"];
                    /** @constant */
                    i_agree: true;
                    /** @description An invitation. It is needed where sign-up is closed. */
                    invite?: components["schemas"]["Token"] | null;
                    name: components["schemas"]["Name"];
                    slug?: components["schemas"]["Slug"] | null;
                };
                signUpState: undefined;
            };
            events: {
                export: {
                    after?: string;
                    /**
                     * @default ndjson
                     * @enum {string}
                     */
                    format?: "ndjson";
                    organization: components["schemas"]["ResourceId"];
                };
                exportOfServer: {
                    after?: string;
                    /**
                     * @default ndjson
                     * @enum {string}
                     */
                    format?: "ndjson";
                };
                list: {
                    /**
                     * @description Only this action.
                     * @example project_key.revoke
                     */
                    action?: string;
                    /**
                     * @description Only events with smaller numbers: the last one of the page before.
                     * @example 120
                     */
                    before?: number;
                    /** @description Only what concerns this project key. */
                    key?: components["schemas"]["Uuid"];
                    organization: components["schemas"]["ResourceId"];
                    /**
                     * @description The number of items on a page.
                     * @default 8
                     * @example 50
                     */
                    per_page?: number;
                    /** @description Only what this user did: a UUID. */
                    person?: components["schemas"]["Uuid"];
                    /**
                     * Format: date-time
                     * @description Only from this time on.
                     * @example 2026-05-01T00:00:00Z
                     */
                    since?: string;
                    /**
                     * Format: date-time
                     * @description Only before this time.
                     * @example 2026-06-01T00:00:00Z
                     */
                    until?: string;
                };
                listOfServer: {
                    /**
                     * @description Only this action.
                     * @example project_key.revoke
                     */
                    action?: string;
                    /**
                     * @description Only events with smaller numbers: the last one of the page before.
                     * @example 120
                     */
                    before?: number;
                    /** @description Only what concerns this project key. */
                    key?: components["schemas"]["Uuid"];
                    /**
                     * @description The number of items on a page.
                     * @default 8
                     * @example 50
                     */
                    per_page?: number;
                    /** @description Only what this user did: a UUID. */
                    person?: components["schemas"]["Uuid"];
                    /**
                     * Format: date-time
                     * @description Only from this time on.
                     * @example 2026-05-01T00:00:00Z
                     */
                    since?: string;
                    /**
                     * Format: date-time
                     * @description Only before this time.
                     * @example 2026-06-01T00:00:00Z
                     */
                    until?: string;
                };
                ofKey: {
                    key: components["schemas"]["Uuid"];
                    project: components["schemas"]["ResourceId"];
                };
            };
            keys: {
                find: {
                    /**
                     * @description The key itself, also one that has ended.
                     * @example bencher_run_4XeQ2mK9sTb7LwPz1RhYvN3cJd0aGu
                     */
                    key: string;
                };
            };
            madeKeys: {
                list: {
                    /**
                     * @description Ascending or descending order.
                     * @default asc
                     * @enum {string}
                     */
                    direction?: "asc" | "desc";
                    /**
                     * @description Only items with exactly this name.
                     * @example ci-main
                     */
                    name?: string;
                    /**
                     * @description The number of the page, from 1 on (0 is page 1).
                     * @default 1
                     * @example 1
                     */
                    page?: number;
                    /**
                     * @description The number of items on a page.
                     * @default 8
                     * @example 50
                     */
                    per_page?: number;
                    /** @description true: only revoked keys; otherwise only the others. */
                    revoked?: boolean;
                    /**
                     * @description Only items with this text in their name, slug or UUID, in any letter case.
                     * @example ci
                     */
                    search?: string;
                    /**
                     * @description The field to sort by.
                     * @default name
                     * @enum {string}
                     */
                    sort?: "name";
                    user: components["schemas"]["ResourceId"];
                };
                ofLeader: {
                    organization: components["schemas"]["ResourceId"];
                    user: components["schemas"]["ResourceId"];
                };
                ofMember: {
                    project: components["schemas"]["ResourceId"];
                    user: components["schemas"]["ResourceId"];
                };
                ofUser: {
                    user: components["schemas"]["ResourceId"];
                };
                page: {
                    /**
                     * @description Ascending or descending order.
                     * @default asc
                     * @enum {string}
                     */
                    direction?: "asc" | "desc";
                    /**
                     * @description Only items with exactly this name.
                     * @example ci-main
                     */
                    name?: string;
                    /**
                     * @description The number of the page, from 1 on (0 is page 1).
                     * @default 1
                     * @example 1
                     */
                    page?: number;
                    /**
                     * @description The number of items on a page.
                     * @default 8
                     * @example 50
                     */
                    per_page?: number;
                    /** @description true: only revoked keys; otherwise only the others. */
                    revoked?: boolean;
                    /**
                     * @description Only items with this text in their name, slug or UUID, in any letter case.
                     * @example ci
                     */
                    search?: string;
                    /**
                     * @description The field to sort by.
                     * @default name
                     * @enum {string}
                     */
                    sort?: "name";
                    user: components["schemas"]["ResourceId"];
                };
                revoke: {
                    reason?: string | null;
                    user: components["schemas"]["ResourceId"];
                };
            };
            organizationInvitations: {
                create: {
                    email: components["schemas"]["NewEmail"];
                    /** @description Ignored. Bencher takes it. */
                    name?: components["schemas"]["Name"] | null;
                    organization: components["schemas"]["ResourceId"];
                    role: components["schemas"]["OrganizationRole"];
                };
                list: {
                    /**
                     * @description Ascending or descending order.
                     * @default asc
                     * @enum {string}
                     */
                    direction?: "asc" | "desc";
                    /**
                     * @description Only items with exactly this name.
                     * @example ci-main
                     */
                    name?: string;
                    organization: components["schemas"]["ResourceId"];
                    /**
                     * @description The number of the page, from 1 on (0 is page 1).
                     * @default 1
                     * @example 1
                     */
                    page?: number;
                    /**
                     * @description The number of items on a page.
                     * @default 8
                     * @example 50
                     */
                    per_page?: number;
                    /**
                     * @description Only items with this text in their name, slug or UUID, in any letter case.
                     * @example ci
                     */
                    search?: string;
                    /**
                     * @description The field to sort by.
                     * @default name
                     * @enum {string}
                     */
                    sort?: "name";
                };
                withdraw: {
                    invitation: components["schemas"]["Uuid"];
                    organization: components["schemas"]["ResourceId"];
                };
            };
            organizationMembers: {
                list: {
                    /**
                     * @description Ascending or descending order.
                     * @default asc
                     * @enum {string}
                     */
                    direction?: "asc" | "desc";
                    /**
                     * @description Only items with exactly this name.
                     * @example ci-main
                     */
                    name?: string;
                    organization: components["schemas"]["ResourceId"];
                    /**
                     * @description The number of the page, from 1 on (0 is page 1).
                     * @default 1
                     * @example 1
                     */
                    page?: number;
                    /**
                     * @description The number of items on a page.
                     * @default 8
                     * @example 50
                     */
                    per_page?: number;
                    /**
                     * @description Only items with this text in their name, slug or UUID, in any letter case.
                     * @example ci
                     */
                    search?: string;
                    /**
                     * @description The field to sort by.
                     * @default name
                     * @enum {string}
                     */
                    sort?: "name";
                };
                page: {
                    /**
                     * @description Ascending or descending order.
                     * @default asc
                     * @enum {string}
                     */
                    direction?: "asc" | "desc";
                    /**
                     * @description Only items with exactly this name.
                     * @example ci-main
                     */
                    name?: string;
                    organization: components["schemas"]["ResourceId"];
                    /**
                     * @description The number of the page, from 1 on (0 is page 1).
                     * @default 1
                     * @example 1
                     */
                    page?: number;
                    /**
                     * @description The number of items on a page.
                     * @default 8
                     * @example 50
                     */
                    per_page?: number;
                    /**
                     * @description Only items with this text in their name, slug or UUID, in any letter case.
                     * @example ci
                     */
                    search?: string;
                    /**
                     * @description The field to sort by.
                     * @default name
                     * @enum {string}
                     */
                    sort?: "name";
                };
                remove: {
                    organization: components["schemas"]["ResourceId"];
                    user: components["schemas"]["ResourceId"];
                };
                update: {
                    organization: components["schemas"]["ResourceId"];
                    role?: components["schemas"]["OrganizationRole"] | null;
                    user: components["schemas"]["ResourceId"];
                };
                view: {
                    organization: components["schemas"]["ResourceId"];
                    user: components["schemas"]["ResourceId"];
                };
            };
            organizations: {
                allowed: {
                    organization: components["schemas"]["ResourceId"];
                    permission: components["schemas"]["Permission"];
                };
                create: {
                    name: components["schemas"]["Name"];
                    slug?: components["schemas"]["Slug"] | null;
                };
                list: {
                    /**
                     * @description Ascending or descending order.
                     * @default asc
                     * @enum {string}
                     */
                    direction?: "asc" | "desc";
                    /**
                     * @description Only items with exactly this name.
                     * @example ci-main
                     */
                    name?: string;
                    /**
                     * @description The number of the page, from 1 on (0 is page 1).
                     * @default 1
                     * @example 1
                     */
                    page?: number;
                    /**
                     * @description The number of items on a page.
                     * @default 8
                     * @example 50
                     */
                    per_page?: number;
                    /**
                     * @description Only items with this text in their name, slug or UUID, in any letter case.
                     * @example ci
                     */
                    search?: string;
                    /**
                     * @description The field to sort by.
                     * @default name
                     * @enum {string}
                     */
                    sort?: "name";
                };
                update: {
                    /** @description Rules for new and changed keys. It is replaced as a whole; null takes it away. */
                    key_policy?: {
                        default_ttl?: number | null;
                        max_ttl?: number | null;
                        require_expiration?: boolean | null;
                        require_networks?: boolean | null;
                        require_scopes?: boolean | null;
                    } | null;
                    name?: components["schemas"]["Name"] | null;
                    organization: components["schemas"]["ResourceId"];
                    slug?: components["schemas"]["Slug"] | null;
                };
                view: {
                    organization: components["schemas"]["ResourceId"];
                };
            };
            overview: {
                counts: {
                    organization: components["schemas"]["ResourceId"];
                    /**
                     * @description The number of the page, from 1 on (0 is page 1).
                     * @default 1
                     * @example 1
                     */
                    page?: number;
                    /**
                     * @description The number of items on a page.
                     * @default 8
                     * @example 50
                     */
                    per_page?: number;
                };
                keys: {
                    /** @enum {string} */
                    attention?: "expiring" | "never_used" | "idle" | "never_expires" | "maker_gone" | "outside_policy";
                    organization: components["schemas"]["ResourceId"];
                    /**
                     * @description The number of the page, from 1 on (0 is page 1).
                     * @default 1
                     * @example 1
                     */
                    page?: number;
                    /**
                     * @description The number of items on a page.
                     * @default 8
                     * @example 50
                     */
                    per_page?: number;
                };
                organization: {
                    organization: components["schemas"]["ResourceId"];
                };
                projects: {
                    projects: components["schemas"]["Uuid"][];
                };
            };
            projectInvitations: {
                create: {
                    email: components["schemas"]["NewEmail"];
                    /** @description Ignored. Bencher takes it. */
                    name?: components["schemas"]["Name"] | null;
                    project: components["schemas"]["ResourceId"];
                    role: components["schemas"]["ProjectRole"];
                };
                list: {
                    /**
                     * @description Ascending or descending order.
                     * @default asc
                     * @enum {string}
                     */
                    direction?: "asc" | "desc";
                    /**
                     * @description Only items with exactly this name.
                     * @example ci-main
                     */
                    name?: string;
                    /**
                     * @description The number of the page, from 1 on (0 is page 1).
                     * @default 1
                     * @example 1
                     */
                    page?: number;
                    /**
                     * @description The number of items on a page.
                     * @default 8
                     * @example 50
                     */
                    per_page?: number;
                    project: components["schemas"]["ResourceId"];
                    /**
                     * @description Only items with this text in their name, slug or UUID, in any letter case.
                     * @example ci
                     */
                    search?: string;
                    /**
                     * @description The field to sort by.
                     * @default name
                     * @enum {string}
                     */
                    sort?: "name";
                };
                withdraw: {
                    invitation: components["schemas"]["Uuid"];
                    project: components["schemas"]["ResourceId"];
                };
            };
            projectKeys: {
                create: {
                    /** @description The networks from which the key may be used; all if it is not set. */
                    allowed_networks?: components["schemas"]["Network"][] | null;
                    /** @description What the key is for, in at most 200 characters. */
                    description?: string | null;
                    external_id?: components["schemas"]["ExternalId"] | null;
                    metadata?: {
                        [key: string]: string;
                    } | null;
                    name: components["schemas"]["Name"];
                    project: components["schemas"]["ResourceId"];
                    /** @description How often the key may be used in each window of so many seconds. */
                    rate_limit?: {
                        requests: number;
                        seconds: number;
                    } | null;
                    /** @description What the key may do; everything if it is not set. */
                    scopes?: components["schemas"]["Scope"][] | null;
                    /** @description Whether the key may rotate itself; false unless given. */
                    self_rotation?: boolean | null;
                    /**
                     * @description Seconds until the key expires; 4294967295 unless given.
                     * @example 7776000
                     */
                    ttl?: number | null;
                };
                createOnce: {
                    /** @description The networks from which the key may be used; all if it is not set. */
                    allowed_networks?: components["schemas"]["Network"][] | null;
                    /** @description What the key is for, in at most 200 characters. */
                    description?: string | null;
                    external_id?: components["schemas"]["ExternalId"] | null;
                    metadata?: {
                        [key: string]: string;
                    } | null;
                    name: components["schemas"]["Name"];
                    project: components["schemas"]["ResourceId"];
                    /** @description How often the key may be used in each window of so many seconds. */
                    rate_limit?: {
                        requests: number;
                        seconds: number;
                    } | null;
                    /** @description What the key may do; everything if it is not set. */
                    scopes?: components["schemas"]["Scope"][] | null;
                    /** @description Whether the key may rotate itself; false unless given. */
                    self_rotation?: boolean | null;
                    /**
                     * @description Seconds until the key expires; 4294967295 unless given.
                     * @example 7776000
                     */
                    ttl?: number | null;
                    uuid: components["schemas"]["Uuid"];
                };
                details: {
                    key: components["schemas"]["Uuid"];
                    project: components["schemas"]["ResourceId"];
                };
                export: {
                    after?: string;
                    /** Format: date-time */
                    expires_before?: string;
                    /** Format: date-time */
                    expires_from?: string;
                    external_id?: components["schemas"]["ExternalId"];
                    /**
                     * @default csv
                     * @enum {string}
                     */
                    format?: "csv" | "ndjson";
                    /**
                     * @description Only items with exactly this name.
                     * @example ci-main
                     */
                    name?: string;
                    project: components["schemas"]["ResourceId"];
                    /** @description true: only revoked keys; otherwise only the others. */
                    revoked?: boolean;
                    /**
                     * @description Only items with this text in their name, slug or UUID, in any letter case.
                     * @example ci
                     */
                    search?: string;
                    /**
                     * @description Only keys in this state; overrides `revoked`.
                     * @enum {string}
                     */
                    state?: "active" | "expired" | "revoked";
                };
                exportSelected: {
                    /**
                     * @default csv
                     * @enum {string}
                     */
                    format?: "csv" | "ndjson";
                    /** @default true */
                    is_first?: boolean;
                    keys: components["schemas"]["Uuid"][];
                    project: components["schemas"]["ResourceId"];
                };
                impact: {
                    keys: components["schemas"]["Uuid"][];
                    project: components["schemas"]["ResourceId"];
                };
                list: {
                    /**
                     * @description Ascending or descending order.
                     * @default asc
                     * @enum {string}
                     */
                    direction?: "asc" | "desc";
                    external_id?: components["schemas"]["ExternalId"];
                    /**
                     * @description Only items with exactly this name.
                     * @example ci-main
                     */
                    name?: string;
                    /**
                     * @description The number of the page, from 1 on (0 is page 1).
                     * @default 1
                     * @example 1
                     */
                    page?: number;
                    /**
                     * @description The number of items on a page.
                     * @default 8
                     * @example 50
                     */
                    per_page?: number;
                    project: components["schemas"]["ResourceId"];
                    /** @description true: only revoked keys; otherwise only the others. */
                    revoked?: boolean;
                    /**
                     * @description Only items with this text in their name, slug or UUID, in any letter case.
                     * @example ci
                     */
                    search?: string;
                    /**
                     * @description The field to sort by.
                     * @default name
                     * @enum {string}
                     */
                    sort?: "name";
                };
                matching: {
                    after?: string;
                    attention?: ("expiring" | "never_used" | "idle" | "never_expires" | "maker_gone" | "outside_policy") | null;
                    /** Format: date-time */
                    expires_before?: string;
                    /** Format: date-time */
                    expires_from?: string;
                    external_id?: components["schemas"]["ExternalId"];
                    /**
                     * @description Only items with exactly this name.
                     * @example ci-main
                     */
                    name?: string;
                    project: components["schemas"]["ResourceId"];
                    /**
                     * @description Only items with this text in their name, slug or UUID, in any letter case.
                     * @example ci
                     */
                    search?: string;
                    /**
                     * @default active
                     * @enum {string}
                     */
                    state?: "active" | "expired" | "revoked";
                    /** Format: date-time */
                    there_at?: string;
                };
                page: {
                    attention?: ("expiring" | "never_used" | "idle" | "never_expires" | "maker_gone" | "outside_policy") | null;
                    /**
                     * @description Ascending or descending order.
                     * @default asc
                     * @enum {string}
                     */
                    direction?: "asc" | "desc";
                    /** Format: date-time */
                    expires_before?: string;
                    /** Format: date-time */
                    expires_from?: string;
                    external_id?: components["schemas"]["ExternalId"];
                    /**
                     * @description Only items with exactly this name.
                     * @example ci-main
                     */
                    name?: string;
                    /**
                     * @description The number of the page, from 1 on (0 is page 1).
                     * @default 1
                     * @example 1
                     */
                    page?: number;
                    /**
                     * @description The number of items on a page.
                     * @default 8
                     * @example 50
                     */
                    per_page?: number;
                    project: components["schemas"]["ResourceId"];
                    /**
                     * @description Only items with this text in their name, slug or UUID, in any letter case.
                     * @example ci
                     */
                    search?: string;
                    /**
                     * @default name
                     * @enum {string}
                     */
                    sort?: "name" | "creation" | "expiration" | "creator" | "last_used";
                    /**
                     * @default active
                     * @enum {string}
                     */
                    state?: "active" | "expired" | "revoked";
                };
                readOnlyPage: {
                    /**
                     * @description Ascending or descending order.
                     * @default asc
                     * @enum {string}
                     */
                    direction?: "asc" | "desc";
                    /**
                     * @description Only items with exactly this name.
                     * @example ci-main
                     */
                    name?: string;
                    /**
                     * @description The number of the page, from 1 on (0 is page 1).
                     * @default 1
                     * @example 1
                     */
                    page?: number;
                    /**
                     * @description The number of items on a page.
                     * @default 8
                     * @example 50
                     */
                    per_page?: number;
                    project: components["schemas"]["ResourceId"];
                    /**
                     * @description Only items with this text in their name, slug or UUID, in any letter case.
                     * @example ci
                     */
                    search?: string;
                    /**
                     * @description The field to sort by.
                     * @default name
                     * @enum {string}
                     */
                    sort?: "name";
                    /**
                     * @default active
                     * @enum {string}
                     */
                    state?: "active" | "expired" | "revoked";
                };
                rename: {
                    /** @description The networks from which the key may be used; all if it is not set. */
                    allowed_networks?: components["schemas"]["Network"][] | null;
                    /** @description What the key is for, in at most 200 characters. */
                    description?: string | null;
                    /**
                     * Format: date-time
                     * @description The new end, in RFC 3339 with an offset and in whole seconds.
                     * @example 2027-05-02T12:00:00Z
                     */
                    expiration?: string;
                    external_id?: components["schemas"]["ExternalId"] | null;
                    key: components["schemas"]["Uuid"];
                    metadata?: {
                        [key: string]: string;
                    } | null;
                    name?: components["schemas"]["Name"] | null;
                    project: components["schemas"]["ResourceId"];
                    /** @description How often the key may be used in each window of so many seconds. */
                    rate_limit?: {
                        requests: number;
                        seconds: number;
                    } | null;
                    /** @description What the key may do; everything if it is not set. */
                    scopes?: components["schemas"]["Scope"][] | null;
                    /** @description Whether the key may rotate itself; false unless given. */
                    self_rotation?: boolean | null;
                };
                renewMany: {
                    /** Format: date-time */
                    expiration: string;
                    keys: components["schemas"]["Uuid"][];
                    project: components["schemas"]["ResourceId"];
                };
                revoke: {
                    key: components["schemas"]["Uuid"];
                    project: components["schemas"]["ResourceId"];
                };
                revokeMany: {
                    keys: components["schemas"]["Uuid"][];
                    project: components["schemas"]["ResourceId"];
                    reason?: string | null;
                };
                view: {
                    key: components["schemas"]["Uuid"];
                    project: components["schemas"]["ResourceId"];
                };
            };
            projectMembers: {
                list: {
                    /**
                     * @description Ascending or descending order.
                     * @default asc
                     * @enum {string}
                     */
                    direction?: "asc" | "desc";
                    /**
                     * @description Only items with exactly this name.
                     * @example ci-main
                     */
                    name?: string;
                    /**
                     * @description The number of the page, from 1 on (0 is page 1).
                     * @default 1
                     * @example 1
                     */
                    page?: number;
                    /**
                     * @description The number of items on a page.
                     * @default 8
                     * @example 50
                     */
                    per_page?: number;
                    project: components["schemas"]["ResourceId"];
                    /**
                     * @description Only items with this text in their name, slug or UUID, in any letter case.
                     * @example ci
                     */
                    search?: string;
                    /**
                     * @description The field to sort by.
                     * @default name
                     * @enum {string}
                     */
                    sort?: "name";
                };
                page: {
                    /**
                     * @description Ascending or descending order.
                     * @default asc
                     * @enum {string}
                     */
                    direction?: "asc" | "desc";
                    /**
                     * @description Only items with exactly this name.
                     * @example ci-main
                     */
                    name?: string;
                    /**
                     * @description The number of the page, from 1 on (0 is page 1).
                     * @default 1
                     * @example 1
                     */
                    page?: number;
                    /**
                     * @description The number of items on a page.
                     * @default 8
                     * @example 50
                     */
                    per_page?: number;
                    project: components["schemas"]["ResourceId"];
                    /**
                     * @description Only items with this text in their name, slug or UUID, in any letter case.
                     * @example ci
                     */
                    search?: string;
                    /**
                     * @description The field to sort by.
                     * @default name
                     * @enum {string}
                     */
                    sort?: "name";
                };
                remove: {
                    project: components["schemas"]["ResourceId"];
                    user: components["schemas"]["ResourceId"];
                };
                update: {
                    project: components["schemas"]["ResourceId"];
                    role?: components["schemas"]["ProjectRole"] | null;
                    user: components["schemas"]["ResourceId"];
                };
                view: {
                    project: components["schemas"]["ResourceId"];
                    user: components["schemas"]["ResourceId"];
                };
            };
            projects: {
                allowed: {
                    permission: components["schemas"]["Permission"];
                    project: components["schemas"]["ResourceId"];
                };
                create: {
                    name: components["schemas"]["Name"];
                    organization: components["schemas"]["ResourceId"];
                    slug?: components["schemas"]["Slug"] | null;
                    url?: string | null;
                    visibility?: components["schemas"]["Visibility"] | null;
                };
                delete: {
                    project: components["schemas"]["ResourceId"];
                };
                list: {
                    /**
                     * @description Ascending or descending order.
                     * @default asc
                     * @enum {string}
                     */
                    direction?: "asc" | "desc";
                    /**
                     * @description Only items with exactly this name.
                     * @example ci-main
                     */
                    name?: string;
                    /**
                     * @description The number of the page, from 1 on (0 is page 1).
                     * @default 1
                     * @example 1
                     */
                    page?: number;
                    /**
                     * @description The number of items on a page.
                     * @default 8
                     * @example 50
                     */
                    per_page?: number;
                    /**
                     * @description Only items with this text in their name, slug or UUID, in any letter case.
                     * @example ci
                     */
                    search?: string;
                    /**
                     * @description The field to sort by.
                     * @default name
                     * @enum {string}
                     */
                    sort?: "name";
                };
                listOfOrganization: {
                    /**
                     * @description Ascending or descending order.
                     * @default asc
                     * @enum {string}
                     */
                    direction?: "asc" | "desc";
                    /**
                     * @description Only items with exactly this name.
                     * @example ci-main
                     */
                    name?: string;
                    organization: components["schemas"]["ResourceId"];
                    /**
                     * @description The number of the page, from 1 on (0 is page 1).
                     * @default 1
                     * @example 1
                     */
                    page?: number;
                    /**
                     * @description The number of items on a page.
                     * @default 8
                     * @example 50
                     */
                    per_page?: number;
                    /**
                     * @description Only items with this text in their name, slug or UUID, in any letter case.
                     * @example ci
                     */
                    search?: string;
                    /**
                     * @description The field to sort by.
                     * @default name
                     * @enum {string}
                     */
                    sort?: "name";
                };
                mine: {
                    /**
                     * @description Ascending or descending order.
                     * @default asc
                     * @enum {string}
                     */
                    direction?: "asc" | "desc";
                    /**
                     * @description Only items with exactly this name.
                     * @example ci-main
                     */
                    name?: string;
                    /**
                     * @description The number of the page, from 1 on (0 is page 1).
                     * @default 1
                     * @example 1
                     */
                    page?: number;
                    /**
                     * @description The number of items on a page.
                     * @default 8
                     * @example 50
                     */
                    per_page?: number;
                    /**
                     * @description Only items with this text in their name, slug or UUID, in any letter case.
                     * @example ci
                     */
                    search?: string;
                    /**
                     * @description The field to sort by.
                     * @default name
                     * @enum {string}
                     */
                    sort?: "name";
                };
                overview: {
                    project: components["schemas"]["ResourceId"];
                };
                update: {
                    /** @description Rules for new and changed keys. It is replaced as a whole; null takes it away. */
                    key_policy?: {
                        default_ttl?: number | null;
                        max_ttl?: number | null;
                        require_expiration?: boolean | null;
                        require_networks?: boolean | null;
                        require_scopes?: boolean | null;
                    } | null;
                    /** @description Replaces the list of the scopes of the project; null takes it away. */
                    key_scopes?: {
                        description?: string | null;
                        scope: components["schemas"]["Scope"];
                    }[] | null;
                    name?: components["schemas"]["Name"] | null;
                    project: components["schemas"]["ResourceId"];
                    slug?: components["schemas"]["Slug"] | null;
                    url?: string | null;
                    visibility?: components["schemas"]["Visibility"] | null;
                };
                view: {
                    project: components["schemas"]["ResourceId"];
                };
            };
            rotations: {
                end: {
                    key: components["schemas"]["Uuid"];
                    project: components["schemas"]["ResourceId"];
                };
                rotate: {
                    /**
                     * @description How long the old secret goes on after the first use of the new one, in seconds; 86400 unless given.
                     * @example 3600
                     */
                    grace?: number | null;
                    key: components["schemas"]["Uuid"];
                    project: components["schemas"]["ResourceId"];
                    /** @description true: an open rotation ends, and the secret that is not in use is dropped: the new one if it was never used, else the old one. */
                    replace?: boolean | null;
                };
            };
            server: {
                auditKey: Record<string, never>;
                console: Record<string, never>;
                spec: Record<string, never>;
                version: Record<string, never>;
            };
            userKeys: {
                create: {
                    name: components["schemas"]["Name"];
                    /**
                     * @description Seconds until the key expires; 4294967295 unless given.
                     * @example 7776000
                     */
                    ttl?: number | null;
                    user: components["schemas"]["ResourceId"];
                };
                createOnce: {
                    name: components["schemas"]["Name"];
                    /**
                     * @description Seconds until the key expires; 4294967295 unless given.
                     * @example 7776000
                     */
                    ttl?: number | null;
                    user: components["schemas"]["ResourceId"];
                    uuid: components["schemas"]["Uuid"];
                };
                details: {
                    key: components["schemas"]["Uuid"];
                    user: components["schemas"]["ResourceId"];
                };
                list: {
                    /**
                     * @description Ascending or descending order.
                     * @default asc
                     * @enum {string}
                     */
                    direction?: "asc" | "desc";
                    /**
                     * @description Only items with exactly this name.
                     * @example ci-main
                     */
                    name?: string;
                    /**
                     * @description The number of the page, from 1 on (0 is page 1).
                     * @default 1
                     * @example 1
                     */
                    page?: number;
                    /**
                     * @description The number of items on a page.
                     * @default 8
                     * @example 50
                     */
                    per_page?: number;
                    /** @description true: only revoked keys; otherwise only the others. */
                    revoked?: boolean;
                    /**
                     * @description Only items with this text in their name, slug or UUID, in any letter case.
                     * @example ci
                     */
                    search?: string;
                    /**
                     * @description The field to sort by.
                     * @default name
                     * @enum {string}
                     */
                    sort?: "name";
                    user: components["schemas"]["ResourceId"];
                };
                page: {
                    /**
                     * @description Ascending or descending order.
                     * @default asc
                     * @enum {string}
                     */
                    direction?: "asc" | "desc";
                    /** Format: date-time */
                    expires_before?: string;
                    /** Format: date-time */
                    expires_from?: string;
                    /**
                     * @description Only items with exactly this name.
                     * @example ci-main
                     */
                    name?: string;
                    /**
                     * @description The number of the page, from 1 on (0 is page 1).
                     * @default 1
                     * @example 1
                     */
                    page?: number;
                    /**
                     * @description The number of items on a page.
                     * @default 8
                     * @example 50
                     */
                    per_page?: number;
                    /**
                     * @description Only items with this text in their name, slug or UUID, in any letter case.
                     * @example ci
                     */
                    search?: string;
                    /**
                     * @default name
                     * @enum {string}
                     */
                    sort?: "name" | "creation" | "expiration";
                    /**
                     * @default active
                     * @enum {string}
                     */
                    state?: "active" | "expired" | "revoked";
                    user: components["schemas"]["ResourceId"];
                };
                rename: {
                    key: components["schemas"]["Uuid"];
                    name?: components["schemas"]["Name"] | null;
                    user: components["schemas"]["ResourceId"];
                };
                revoke: {
                    key: components["schemas"]["Uuid"];
                    user: components["schemas"]["ResourceId"];
                };
                view: {
                    key: components["schemas"]["Uuid"];
                    user: components["schemas"]["ResourceId"];
                };
            };
            users: {
                list: {
                    /**
                     * @description Ascending or descending order.
                     * @default asc
                     * @enum {string}
                     */
                    direction?: "asc" | "desc";
                    /**
                     * @description Only items with exactly this name.
                     * @example ci-main
                     */
                    name?: string;
                    /**
                     * @description The number of the page, from 1 on (0 is page 1).
                     * @default 1
                     * @example 1
                     */
                    page?: number;
                    /**
                     * @description The number of items on a page.
                     * @default 8
                     * @example 50
                     */
                    per_page?: number;
                    /**
                     * @description Only items with this text in their name, slug or UUID, in any letter case.
                     * @example ci
                     */
                    search?: string;
                    /**
                     * @description The field to sort by.
                     * @default name
                     * @enum {string}
                     */
                    sort?: "name";
                };
                me: undefined;
                page: {
                    /**
                     * @description Ascending or descending order.
                     * @default asc
                     * @enum {string}
                     */
                    direction?: "asc" | "desc";
                    /**
                     * @description Only items with exactly this name.
                     * @example ci-main
                     */
                    name?: string;
                    /**
                     * @description The number of the page, from 1 on (0 is page 1).
                     * @default 1
                     * @example 1
                     */
                    page?: number;
                    /**
                     * @description The number of items on a page.
                     * @default 8
                     * @example 50
                     */
                    per_page?: number;
                    /**
                     * @description Only items with this text in their name, slug or UUID, in any letter case.
                     * @example ci
                     */
                    search?: string;
                    /**
                     * @description The field to sort by.
                     * @default name
                     * @enum {string}
                     */
                    sort?: "name";
                };
                update: {
                    admin?: boolean | null;
                    email?: components["schemas"]["Email"] | null;
                    expiration_mails?: boolean | null;
                    locked?: boolean | null;
                    name?: components["schemas"]["Name"] | null;
                    slug?: components["schemas"]["Slug"] | null;
                    user: components["schemas"]["ResourceId"];
                };
                view: {
                    user: components["schemas"]["ResourceId"];
                };
            };
            verification: {
                introspect: {
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
                recentUsage: {
                    keys: components["schemas"]["Uuid"][];
                    project: components["schemas"]["ResourceId"];
                };
                usage: {
                    key: components["schemas"]["Uuid"];
                    project: components["schemas"]["ResourceId"];
                };
                verify: {
                    /**
                     * @description What a 401 asks for: `basic` for git and docker, which send a password only when asked.
                     * @enum {string}
                     */
                    challenge?: "bearer" | "basic";
                    /** @description The only project whose keys are accepted. */
                    project?: components["schemas"]["ResourceId"];
                    /**
                     * @description Scopes that the key must have, all of them, separated by blanks.
                     * @example reports:write
                     */
                    scope?: string;
                };
                verifyOfProject: {
                    /**
                     * @description What a 401 asks for: `basic` for git and docker, which send a password only when asked.
                     * @enum {string}
                     */
                    challenge?: "bearer" | "basic";
                    project: components["schemas"]["ResourceId"];
                    /**
                     * @description Scopes that the key must have, all of them, separated by blanks.
                     * @example reports:write
                     */
                    scope?: string;
                };
            };
            whoami: {
                revoke: Record<string, never>;
                rotate: {
                    /**
                     * @description How long the old secret goes on after the first use of the new one, in seconds; 86400 unless given.
                     * @example 3600
                     */
                    grace?: number | null;
                };
                view: undefined;
            };
            $defs: {
                /**
                 * @description 1 to 64 Unicode code points, as shown to people. None is invisible or turns the direction of the text, and the first is no combining mark and no joiner. Older names stay as they are.
                 * @example ci-main
                 */
                Name: string;
                /**
                 * Format: email
                 * @description An e-mail address that mail can be sent to: no dot at an end of the part before the @, no two together, and a domain of several parts, the last of letters at its ends; or `localhost`.
                 * @example ada@example.com
                 */
                NewEmail: string;
                /**
                 * @description The name in a URL: lower-case letters and digits, with single hyphens between them.
                 * @example web-shop
                 */
                Slug: string;
                /**
                 * @description The token of a mailed link.
                 * @example eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGFAZXhhbXBsZS5jb20ifQ.gKSL4lxpFLb7iQ
                 */
                Token: string;
                /**
                 * Format: email
                 * @description An e-mail address. Its letter case does not matter.
                 * @example ada@example.com
                 */
                Email: string;
                /**
                 * @description The path of a page of the console.
                 * @example /projects
                 */
                Path: string;
                /**
                 * @description A slug or a UUID.
                 * @example web-shop
                 */
                ResourceId: string;
                /**
                 * @description A UUID in any letter case.
                 * @example 01992c4e-7d1a-7b52-9c3e-5f0a8d6b2e41
                 */
                Uuid: string;
                /** @enum {string} */
                OrganizationRole: "leader";
                /** @enum {string} */
                Permission: "view" | "create" | "edit" | "delete" | "manage" | "view_role" | "create_role" | "edit_role" | "delete_role";
                /** @enum {string} */
                ProjectRole: "viewer" | "developer" | "maintainer";
                /**
                 * @description The customer for whom the key is.
                 * @example customer-42
                 */
                ExternalId: string;
                /**
                 * @description A scope by RFC 6749. `reports:*` covers `reports:` followed by anything.
                 * @example reports:write
                 */
                Scope: string;
                /**
                 * @description An IPv4 or IPv6 network in CIDR notation, no host bits set. An IPv4-mapped caller counts as IPv4.
                 * @example 192.0.2.0/24
                 */
                Network: string;
                /** @enum {string} */
                Visibility: "public" | "private";
            };
        };
        Introspection: {
            active: boolean;
            /** @example Uploads the reports of the nightly build */
            description?: string;
            /**
             * @description When it expires, in seconds since 1970.
             * @example 1785499200
             */
            exp?: number;
            /** @example customer-42 */
            external_id?: string;
            /**
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
            requests: number;
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
            /** @description The lifetime of a key that is created without a `ttl`. */
            default_ttl: number | null;
            /** @description The longest lifetime in seconds. */
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
         * Format: email
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
        Outputs: {
            auth: {
                accept: components["schemas"]["AuthAck"];
                confirm: components["schemas"]["AuthUser"];
                inspectInvitation: {
                    /**
                     * @description An e-mail address, in lower case.
                     * @example ada@example.com
                     */
                    email: string;
                    /**
                     * @description As shown to people.
                     * @example ci-main
                     */
                    inviter: string;
                    /** @enum {string} */
                    kind: "organization" | "project";
                    known: boolean;
                    /**
                     * @description As shown to people.
                     * @example ci-main
                     */
                    place: string;
                    role: string;
                    /**
                     * @description The name in a URL.
                     * @example web-shop
                     */
                    slug: string;
                };
                inspectLink: {
                    /**
                     * @description An e-mail address, in lower case.
                     * @example ada@example.com
                     */
                    email: string;
                    /**
                     * @description As shown to people.
                     * @example ci-main
                     */
                    name: string;
                    path: string | null;
                };
                inspectRestore: {
                    /**
                     * @description An e-mail address, in lower case.
                     * @example ada@example.com
                     */
                    current: string;
                    /**
                     * @description An e-mail address, in lower case.
                     * @example ada@example.com
                     */
                    email: string;
                    /**
                     * @description As shown to people.
                     * @example ci-main
                     */
                    name: string;
                };
                join: components["schemas"]["AuthUser"];
                login: components["schemas"]["AuthAck"];
                restoreAddress: {
                    /**
                     * @description An e-mail address, in lower case.
                     * @example ada@example.com
                     */
                    email: string;
                };
                signOut: Record<string, never>;
                signOutEverywhere: Record<string, never>;
                signUp: components["schemas"]["AuthAck"];
                signUpState: {
                    /** @enum {string} */
                    sign_up: "open" | "closed";
                };
            };
            events: {
                export: {
                    next: string | null;
                    text: string;
                };
                exportOfServer: {
                    next: string | null;
                    text: string;
                };
                list: components["schemas"]["AuditEvent"][];
                listOfServer: components["schemas"]["AuditEvent"][];
                ofKey: components["schemas"]["AuditEvent"][];
            };
            keys: {
                find: components["schemas"]["FoundKey"];
            };
            madeKeys: {
                list: components["schemas"]["ProjectKey"][];
                ofLeader: {
                    active: number;
                    expired: number;
                    last_used: components["schemas"]["Time"] | null;
                    latest: {
                        last_four: string;
                        last_used: components["schemas"]["Time"] | null;
                        /**
                         * @description As shown to people.
                         * @example ci-main
                         */
                        name: string;
                        /**
                         * @description As shown to people.
                         * @example ci-main
                         */
                        project: string;
                        /**
                         * Format: uuid
                         * @description In lower case.
                         * @example 01992c4e-7d1a-7b52-9c3e-5f0a8d6b2e41
                         */
                        uuid: string;
                    }[];
                    projects: number;
                    used_lately: number;
                };
                ofMember: {
                    active: number;
                    expired: number;
                    last_used: components["schemas"]["Time"] | null;
                    latest: {
                        last_four: string;
                        last_used: components["schemas"]["Time"] | null;
                        /**
                         * @description As shown to people.
                         * @example ci-main
                         */
                        name: string;
                        /**
                         * @description As shown to people.
                         * @example ci-main
                         */
                        project: string;
                        /**
                         * Format: uuid
                         * @description In lower case.
                         * @example 01992c4e-7d1a-7b52-9c3e-5f0a8d6b2e41
                         */
                        uuid: string;
                    }[];
                    projects: number;
                    used_lately: number;
                };
                ofUser: {
                    active: number;
                    expired: number;
                    last_used: components["schemas"]["Time"] | null;
                    latest: {
                        last_four: string;
                        last_used: components["schemas"]["Time"] | null;
                        /**
                         * @description As shown to people.
                         * @example ci-main
                         */
                        name: string;
                        /**
                         * @description As shown to people.
                         * @example ci-main
                         */
                        project: string;
                        /**
                         * Format: uuid
                         * @description In lower case.
                         * @example 01992c4e-7d1a-7b52-9c3e-5f0a8d6b2e41
                         */
                        uuid: string;
                    }[];
                    projects: number;
                    tokens: number;
                    used_lately: number;
                };
                page: {
                    keys: {
                        creation: components["schemas"]["Time"];
                        expiration: components["schemas"]["Time"];
                        last_four: string;
                        last_used: components["schemas"]["Time"] | null;
                        /**
                         * @description As shown to people.
                         * @example ci-main
                         */
                        name: string;
                        project: {
                            deleted: boolean;
                            /**
                             * @description As shown to people.
                             * @example ci-main
                             */
                            name: string;
                            /**
                             * @description The name in a URL.
                             * @example web-shop
                             */
                            slug: string;
                            /**
                             * Format: uuid
                             * @description In lower case.
                             * @example 01992c4e-7d1a-7b52-9c3e-5f0a8d6b2e41
                             */
                            uuid: string;
                        };
                        revoked: components["schemas"]["Time"] | null;
                        /**
                         * Format: uuid
                         * @description In lower case.
                         * @example 01992c4e-7d1a-7b52-9c3e-5f0a8d6b2e41
                         */
                        uuid: string;
                    }[];
                    total: number;
                };
                revoke: components["schemas"]["RevokedOfUser"];
            };
            organizationInvitations: {
                create: components["schemas"]["Invited"];
                list: components["schemas"]["Invitation"][];
                withdraw: undefined;
            };
            organizationMembers: {
                list: components["schemas"]["OrganizationMember"][];
                page: {
                    members: components["schemas"]["OrganizationMember"][];
                    total: number;
                };
                remove: undefined;
                update: components["schemas"]["OrganizationMember"];
                view: components["schemas"]["OrganizationMember"];
            };
            organizations: {
                allowed: components["schemas"]["Allowed"];
                create: components["schemas"]["Organization"];
                list: components["schemas"]["Organization"][];
                update: components["schemas"]["Organization"];
                view: components["schemas"]["Organization"];
            };
            overview: {
                counts: {
                    projects: {
                        active: number;
                        expiring: number;
                        idle: number;
                        last_used: components["schemas"]["Time"] | null;
                        maker_gone: number;
                        /**
                         * @description As shown to people.
                         * @example ci-main
                         */
                        name: string;
                        never_expires: number;
                        never_used: number;
                        outside_policy: number;
                        /**
                         * @description The name in a URL.
                         * @example web-shop
                         */
                        slug: string;
                        /**
                         * Format: uuid
                         * @description In lower case.
                         * @example 01992c4e-7d1a-7b52-9c3e-5f0a8d6b2e41
                         */
                        uuid: string;
                    }[];
                    total: number;
                    totals: {
                        active: number;
                        expiring: number;
                        idle: number;
                        last_used: components["schemas"]["Time"] | null;
                        maker_gone: number;
                        never_expires: number;
                        never_used: number;
                        outside_policy: number;
                    };
                };
                keys: {
                    keys: {
                        allowed_networks: string[] | null;
                        creation: components["schemas"]["Time"];
                        creator: {
                            /**
                             * @description As shown to people.
                             * @example ci-main
                             */
                            name: string;
                            /**
                             * Format: uuid
                             * @description In lower case.
                             * @example 01992c4e-7d1a-7b52-9c3e-5f0a8d6b2e41
                             */
                            uuid: string;
                        } | null;
                        description: string | null;
                        expiration: components["schemas"]["Time"];
                        expiration_set: components["schemas"]["Time"] | null;
                        external_id: string | null;
                        last_four: string;
                        last_used: components["schemas"]["Time"] | null;
                        metadata: {
                            [key: string]: string;
                        } | null;
                        /**
                         * @description As shown to people.
                         * @example ci-main
                         */
                        name: string;
                        /** @description The rules of the key policy that it breaks. */
                        outside_policy: ("max_ttl" | "require_expiration" | "require_scopes" | "require_networks")[];
                        project: {
                            /**
                             * @description As shown to people.
                             * @example ci-main
                             */
                            name: string;
                            /**
                             * @description The name in a URL.
                             * @example web-shop
                             */
                            slug: string;
                            /**
                             * Format: uuid
                             * @description In lower case.
                             * @example 01992c4e-7d1a-7b52-9c3e-5f0a8d6b2e41
                             */
                            uuid: string;
                        };
                        rate_limit: components["schemas"]["KeyLimit"] | null;
                        revoked: components["schemas"]["Time"] | null;
                        rotated: components["schemas"]["Time"] | null;
                        scopes: string[] | null;
                        self_rotation: boolean;
                        /**
                         * Format: uuid
                         * @description In lower case.
                         * @example 01992c4e-7d1a-7b52-9c3e-5f0a8d6b2e41
                         */
                        uuid: string;
                    }[];
                    more: boolean;
                };
                organization: {
                    leads: boolean;
                    /**
                     * @description As shown to people.
                     * @example ci-main
                     */
                    name: string;
                    /**
                     * @description The name in a URL.
                     * @example web-shop
                     */
                    slug: string;
                    /**
                     * Format: uuid
                     * @description In lower case.
                     * @example 01992c4e-7d1a-7b52-9c3e-5f0a8d6b2e41
                     */
                    uuid: string;
                };
                projects: {
                    active: number;
                    expiring: number;
                    idle: number;
                    last_used: components["schemas"]["Time"] | null;
                    maker_gone: number;
                    /**
                     * @description As shown to people.
                     * @example ci-main
                     */
                    name: string;
                    never_expires: number;
                    never_used: number;
                    outside_policy: number;
                    /**
                     * @description The name in a URL.
                     * @example web-shop
                     */
                    slug: string;
                    /**
                     * Format: uuid
                     * @description In lower case.
                     * @example 01992c4e-7d1a-7b52-9c3e-5f0a8d6b2e41
                     */
                    uuid: string;
                }[];
            };
            projectInvitations: {
                create: components["schemas"]["Invited"];
                list: components["schemas"]["Invitation"][];
                withdraw: undefined;
            };
            projectKeys: {
                create: components["schemas"]["ProjectKeyCreated"];
                createOnce: components["schemas"]["ProjectKeyCreated"];
                details: {
                    address: string | null;
                    allowed_networks: string[] | null;
                    creation: components["schemas"]["Time"];
                    creator: {
                        /**
                         * @description As shown to people.
                         * @example ci-main
                         */
                        name: string;
                        /**
                         * Format: uuid
                         * @description In lower case.
                         * @example 01992c4e-7d1a-7b52-9c3e-5f0a8d6b2e41
                         */
                        uuid: string;
                    } | null;
                    description: string | null;
                    expiration: components["schemas"]["Time"];
                    expiration_set: components["schemas"]["Time"] | null;
                    external_id: string | null;
                    last_four: string;
                    last_used: components["schemas"]["Time"] | null;
                    metadata: {
                        [key: string]: string;
                    } | null;
                    /**
                     * @description As shown to people.
                     * @example ci-main
                     */
                    name: string;
                    /** @description The rules of the key policy that it breaks. */
                    outside_policy: ("max_ttl" | "require_expiration" | "require_scopes" | "require_networks")[];
                    rate_limit: components["schemas"]["KeyLimit"] | null;
                    reason: string | null;
                    revoked: components["schemas"]["Time"] | null;
                    revoker: {
                        /**
                         * @description As shown to people.
                         * @example ci-main
                         */
                        name: string;
                        /**
                         * Format: uuid
                         * @description In lower case.
                         * @example 01992c4e-7d1a-7b52-9c3e-5f0a8d6b2e41
                         */
                        uuid: string;
                    } | null;
                    rotated: components["schemas"]["Time"] | null;
                    rotation: {
                        address: string | null;
                        ends: components["schemas"]["Time"];
                        /** @description The first use of the new secret. */
                        first_used: components["schemas"]["Time"] | null;
                        /** @description Seconds from the first use of the new secret to the end of the old one. */
                        grace: number;
                        /** @description Of the old secret. */
                        last_four: string;
                        /** @description The last use of the old secret. */
                        last_used: components["schemas"]["Time"] | null;
                        new_last_used: components["schemas"]["Time"] | null;
                        started: components["schemas"]["Time"];
                    } | null;
                    scopes: string[] | null;
                    self_rotation: boolean;
                    /**
                     * Format: uuid
                     * @description In lower case.
                     * @example 01992c4e-7d1a-7b52-9c3e-5f0a8d6b2e41
                     */
                    uuid: string;
                };
                export: {
                    next: string | null;
                    text: string;
                };
                exportSelected: {
                    text: string;
                };
                impact: {
                    active: number;
                    expired: number;
                    makers: {
                        keys: number;
                        name: string | null;
                        uuid: string | null;
                    }[];
                    revoked: number;
                    used_today: number;
                };
                list: components["schemas"]["ProjectKey"][];
                matching: {
                    keys: string[];
                    next: string | null;
                };
                page: {
                    counts: {
                        [key: string]: {
                            more: boolean;
                            total: number;
                        };
                    };
                    keys: {
                        allowed_networks: string[] | null;
                        creation: components["schemas"]["Time"];
                        creator: {
                            /**
                             * @description As shown to people.
                             * @example ci-main
                             */
                            name: string;
                            /**
                             * Format: uuid
                             * @description In lower case.
                             * @example 01992c4e-7d1a-7b52-9c3e-5f0a8d6b2e41
                             */
                            uuid: string;
                        } | null;
                        description: string | null;
                        expiration: components["schemas"]["Time"];
                        expiration_set: components["schemas"]["Time"] | null;
                        external_id: string | null;
                        last_four: string;
                        last_used: components["schemas"]["Time"] | null;
                        metadata: {
                            [key: string]: string;
                        } | null;
                        /**
                         * @description As shown to people.
                         * @example ci-main
                         */
                        name: string;
                        /** @description The rules of the key policy that it breaks. */
                        outside_policy: ("max_ttl" | "require_expiration" | "require_scopes" | "require_networks")[];
                        rate_limit: components["schemas"]["KeyLimit"] | null;
                        revoked: components["schemas"]["Time"] | null;
                        rotated: components["schemas"]["Time"] | null;
                        scopes: string[] | null;
                        self_rotation: boolean;
                        /**
                         * Format: uuid
                         * @description In lower case.
                         * @example 01992c4e-7d1a-7b52-9c3e-5f0a8d6b2e41
                         */
                        uuid: string;
                    }[];
                    more: boolean;
                    total: number;
                };
                readOnlyPage: {
                    counts: {
                        [key: string]: {
                            more: boolean;
                            total: number;
                        };
                    };
                    keys: {
                        last_four: string;
                        last_used: components["schemas"]["Time"] | null;
                        /**
                         * @description As shown to people.
                         * @example ci-main
                         */
                        name: string;
                        /** @enum {string} */
                        status: "active" | "expired" | "revoked";
                    }[];
                    more: boolean;
                    total: number;
                };
                rename: components["schemas"]["ProjectKey"];
                renewMany: {
                    /** @enum {string} */
                    outcome: "renewed" | "revoked" | "refused" | "not_found";
                    reason: string | null;
                    /**
                     * Format: uuid
                     * @description In lower case.
                     * @example 01992c4e-7d1a-7b52-9c3e-5f0a8d6b2e41
                     */
                    uuid: string;
                }[];
                revoke: undefined;
                revokeMany: components["schemas"]["RevocationOutcome"][];
                view: components["schemas"]["ProjectKey"];
            };
            projectMembers: {
                list: components["schemas"]["ProjectMember"][];
                page: {
                    members: components["schemas"]["ProjectMember"][];
                    total: number;
                };
                remove: undefined;
                update: components["schemas"]["ProjectMember"];
                view: components["schemas"]["ProjectMember"];
            };
            projects: {
                allowed: components["schemas"]["Allowed"];
                create: components["schemas"]["Project"];
                delete: undefined;
                list: components["schemas"]["Project"][];
                listOfOrganization: components["schemas"]["Project"][];
                mine: {
                    projects: {
                        /**
                         * @description As shown to people.
                         * @example ci-main
                         */
                        name: string;
                        organization: {
                            /**
                             * @description As shown to people.
                             * @example ci-main
                             */
                            name: string;
                            /**
                             * @description The name in a URL.
                             * @example web-shop
                             */
                            slug: string;
                            /**
                             * Format: uuid
                             * @description In lower case.
                             * @example 01992c4e-7d1a-7b52-9c3e-5f0a8d6b2e41
                             */
                            uuid: string;
                        };
                        /**
                         * @description The name in a URL.
                         * @example web-shop
                         */
                        slug: string;
                        /**
                         * Format: uuid
                         * @description In lower case.
                         * @example 01992c4e-7d1a-7b52-9c3e-5f0a8d6b2e41
                         */
                        uuid: string;
                        visibility: components["schemas"]["Visibility"];
                    }[];
                    total: number;
                };
                overview: {
                    key_policy: components["schemas"]["KeyPolicy"] | null;
                    /** @description The scopes that the console offers for keys of the project. */
                    key_scopes: {
                        /** @example Upload reports */
                        description: string | null;
                        /** @example reports:write */
                        scope: string;
                    }[];
                    leads: boolean;
                    manages: boolean;
                    /**
                     * @description As shown to people.
                     * @example ci-main
                     */
                    name: string;
                    organization: {
                        /**
                         * @description As shown to people.
                         * @example ci-main
                         */
                        name: string;
                        /**
                         * @description The name in a URL.
                         * @example web-shop
                         */
                        slug: string;
                        /**
                         * Format: uuid
                         * @description In lower case.
                         * @example 01992c4e-7d1a-7b52-9c3e-5f0a8d6b2e41
                         */
                        uuid: string;
                    };
                    policy: components["schemas"]["KeyPolicy"] | null;
                    /**
                     * @description The name in a URL.
                     * @example web-shop
                     */
                    slug: string;
                    /**
                     * Format: uuid
                     * @description In lower case.
                     * @example 01992c4e-7d1a-7b52-9c3e-5f0a8d6b2e41
                     */
                    uuid: string;
                    visibility: components["schemas"]["Visibility"];
                };
                update: components["schemas"]["Project"];
                view: components["schemas"]["Project"];
            };
            rotations: {
                end: undefined;
                rotate: components["schemas"]["ProjectKeyCreated"];
            };
            server: {
                auditKey: components["schemas"]["AuditKey"];
                console: components["schemas"]["Console"];
                spec: components["schemas"]["Spec"];
                version: components["schemas"]["Version"];
            };
            userKeys: {
                create: components["schemas"]["UserKeyCreated"];
                createOnce: components["schemas"]["UserKeyCreated"];
                details: {
                    creation: components["schemas"]["Time"];
                    expiration: components["schemas"]["Time"];
                    last_four: string;
                    /**
                     * @description As shown to people.
                     * @example ci-main
                     */
                    name: string;
                    revoked: components["schemas"]["Time"] | null;
                    /**
                     * Format: uuid
                     * @description In lower case.
                     * @example 01992c4e-7d1a-7b52-9c3e-5f0a8d6b2e41
                     */
                    uuid: string;
                };
                list: components["schemas"]["UserKey"][];
                page: {
                    counts: {
                        [key: string]: {
                            more: boolean;
                            total: number;
                        };
                    };
                    keys: {
                        creation: components["schemas"]["Time"];
                        expiration: components["schemas"]["Time"];
                        last_four: string;
                        /**
                         * @description As shown to people.
                         * @example ci-main
                         */
                        name: string;
                        revoked: components["schemas"]["Time"] | null;
                        /**
                         * Format: uuid
                         * @description In lower case.
                         * @example 01992c4e-7d1a-7b52-9c3e-5f0a8d6b2e41
                         */
                        uuid: string;
                    }[];
                    more: boolean;
                    total: number;
                };
                rename: components["schemas"]["UserKey"];
                revoke: undefined;
                view: components["schemas"]["UserKey"];
            };
            users: {
                list: components["schemas"]["User"][];
                me: components["schemas"]["User"];
                page: {
                    total: number;
                    users: components["schemas"]["User"][];
                };
                update: components["schemas"]["User"];
                view: components["schemas"]["User"];
            };
            verification: {
                introspect: components["schemas"]["Introspection"];
                recentUsage: {
                    calls: number[];
                    /**
                     * Format: uuid
                     * @description In lower case.
                     * @example 01992c4e-7d1a-7b52-9c3e-5f0a8d6b2e41
                     */
                    uuid: string;
                }[];
                usage: components["schemas"]["Usage"];
                verify: components["schemas"]["VerifiedKey"];
                verifyOfProject: components["schemas"]["VerifiedKey"];
            };
            whoami: {
                revoke: undefined;
                rotate: components["schemas"]["ProjectKeyCreated"];
                view: components["schemas"]["Whoami"];
            };
            $defs: {
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
                User: {
                    admin: boolean;
                    /**
                     * @description An e-mail address, in lower case.
                     * @example ada@example.com
                     */
                    email: string;
                    /**
                     * @description false: the user gets no mails before keys end. Absent while they get them.
                     * @constant
                     */
                    expiration_mails?: false;
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
                /**
                 * Format: date-time
                 * @description RFC 3339, in UTC and whole seconds.
                 * @example 2026-05-02T12:00:00Z
                 */
                Time: string;
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
                ProjectKey: {
                    /**
                     * @example [
                     *       "192.0.2.0/24"
                     *     ]
                     */
                    allowed_networks?: string[];
                    creation: components["schemas"]["Time"];
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
                    /** @description When it was revoked. Absent while the key is active. */
                    revoked?: components["schemas"]["Time"];
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
                /**
                 * @example {
                 *       "requests": 600,
                 *       "seconds": 60
                 *     }
                 */
                KeyLimit: {
                    requests: number;
                    seconds: number;
                };
                /** @description There while the old secret of the last rotation goes on; `ends` is its end, as known by now. */
                Rotation: {
                    ends: components["schemas"]["Time"];
                    /** @description The first use of the new secret. */
                    first_used: components["schemas"]["Time"] | null;
                    /** @description Seconds from the first use of the new secret to the end of the old one. */
                    grace: number;
                    started: components["schemas"]["Time"];
                };
                RevokedOfUser: {
                    /** @description How many project keys were revoked: at most 1,000. */
                    project_keys: number;
                    /** @description How many project keys are left. Repeat the request until it is 0. */
                    remaining: number;
                    /** @description How many user keys (API tokens) were revoked. */
                    user_keys: number;
                };
                Invited: {
                    /**
                     * @description An e-mail address, in lower case.
                     * @example ada@example.com
                     */
                    email: string;
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
                    /** @description The lifetime of a key that is created without a `ttl`. */
                    default_ttl: number | null;
                    /** @description The longest lifetime in seconds. */
                    max_ttl: number | null;
                    /** @example true */
                    require_expiration: boolean;
                    /** @example false */
                    require_networks: boolean;
                    /** @example false */
                    require_scopes: boolean;
                };
                Allowed: {
                    allowed: boolean;
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
                    url: string | null;
                    /**
                     * Format: uuid
                     * @description The project, in lower case.
                     * @example 01992c3f-15c8-7e04-8a96-2b7d4c90f1a3
                     */
                    uuid: string;
                    visibility: components["schemas"]["Visibility"];
                };
                /** @enum {string} */
                Visibility: "public" | "private";
                Version: {
                    version: string;
                };
                Spec: {
                    [key: string]: unknown;
                };
                AuditKey: {
                    /** @constant */
                    algorithm: "Ed25519";
                    /** @example 3f1c9a0e5b7d2846 */
                    key: string;
                    /** @example 11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo= */
                    public_key: string;
                };
                Console: {
                    url: string;
                };
                UserKey: {
                    creation: components["schemas"]["Time"];
                    expiration: components["schemas"]["Time"];
                    /**
                     * @description As shown to people.
                     * @example ci-main
                     */
                    name: string;
                    /** @description When it was revoked. Absent while the key is active. */
                    revoked?: components["schemas"]["Time"];
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
                Introspection: {
                    active: boolean;
                    /** @example Uploads the reports of the nightly build */
                    description?: string;
                    /**
                     * @description When it expires, in seconds since 1970.
                     * @example 1785499200
                     */
                    exp?: number;
                    /** @example customer-42 */
                    external_id?: string;
                    /**
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
                Usage: {
                    address: string | null;
                    days: {
                        calls: number;
                        /** Format: date */
                        day: string;
                    }[];
                    last_used: components["schemas"]["Time"] | null;
                };
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
        };
        /**
         * @description The path of a page of the console.
         * @example /projects
         */
        Path: string;
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
            /** @description When it was revoked. Absent while the key is active. */
            revoked?: components["schemas"]["Time"];
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
            /** @description How many project keys were revoked: at most 1,000. */
            project_keys: number;
            /** @description How many project keys are left. Repeat the request until it is 0. */
            remaining: number;
            /** @description How many user keys (API tokens) were revoked. */
            user_keys: number;
        };
        /** @description There while the old secret of the last rotation goes on; `ends` is its end, as known by now. */
        Rotation: {
            ends: components["schemas"]["Time"];
            /** @description The first use of the new secret. */
            first_used: components["schemas"]["Time"] | null;
            /** @description Seconds from the first use of the new secret to the end of the old one. */
            grace: number;
            started: components["schemas"]["Time"];
        };
        /**
         * @description A scope by RFC 6749. `reports:*` covers `reports:` followed by anything.
         * @example reports:write
         */
        Scope: string;
        /**
         * @description The name in a URL: lower-case letters and digits, with single hyphens between them.
         * @example web-shop
         */
        Slug: string;
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
        Types: {
            auth: {
                /** @constant */
                accept: "mutation";
                /** @constant */
                confirm: "mutation";
                /** @constant */
                inspectInvitation: "mutation";
                /** @constant */
                inspectLink: "mutation";
                /** @constant */
                inspectRestore: "mutation";
                /** @constant */
                join: "mutation";
                /** @constant */
                login: "mutation";
                /** @constant */
                restoreAddress: "mutation";
                /** @constant */
                signOut: "mutation";
                /** @constant */
                signOutEverywhere: "mutation";
                /** @constant */
                signUp: "mutation";
                /** @constant */
                signUpState: "query";
            };
            events: {
                /** @constant */
                export: "query";
                /** @constant */
                exportOfServer: "query";
                /** @constant */
                list: "query";
                /** @constant */
                listOfServer: "query";
                /** @constant */
                ofKey: "query";
            };
            keys: {
                /** @constant */
                find: "mutation";
            };
            madeKeys: {
                /** @constant */
                list: "query";
                /** @constant */
                ofLeader: "query";
                /** @constant */
                ofMember: "query";
                /** @constant */
                ofUser: "query";
                /** @constant */
                page: "query";
                /** @constant */
                revoke: "mutation";
            };
            organizationInvitations: {
                /** @constant */
                create: "mutation";
                /** @constant */
                list: "query";
                /** @constant */
                withdraw: "mutation";
            };
            organizationMembers: {
                /** @constant */
                list: "query";
                /** @constant */
                page: "query";
                /** @constant */
                remove: "mutation";
                /** @constant */
                update: "mutation";
                /** @constant */
                view: "query";
            };
            organizations: {
                /** @constant */
                allowed: "query";
                /** @constant */
                create: "mutation";
                /** @constant */
                list: "query";
                /** @constant */
                update: "mutation";
                /** @constant */
                view: "query";
            };
            overview: {
                /** @constant */
                counts: "query";
                /** @constant */
                keys: "query";
                /** @constant */
                organization: "query";
                /** @constant */
                projects: "query";
            };
            projectInvitations: {
                /** @constant */
                create: "mutation";
                /** @constant */
                list: "query";
                /** @constant */
                withdraw: "mutation";
            };
            projectKeys: {
                /** @constant */
                create: "mutation";
                /** @constant */
                createOnce: "mutation";
                /** @constant */
                details: "query";
                /** @constant */
                export: "query";
                /** @constant */
                exportSelected: "mutation";
                /** @constant */
                impact: "mutation";
                /** @constant */
                list: "query";
                /** @constant */
                matching: "query";
                /** @constant */
                page: "query";
                /** @constant */
                readOnlyPage: "query";
                /** @constant */
                rename: "mutation";
                /** @constant */
                renewMany: "mutation";
                /** @constant */
                revoke: "mutation";
                /** @constant */
                revokeMany: "mutation";
                /** @constant */
                view: "query";
            };
            projectMembers: {
                /** @constant */
                list: "query";
                /** @constant */
                page: "query";
                /** @constant */
                remove: "mutation";
                /** @constant */
                update: "mutation";
                /** @constant */
                view: "query";
            };
            projects: {
                /** @constant */
                allowed: "query";
                /** @constant */
                create: "mutation";
                /** @constant */
                delete: "mutation";
                /** @constant */
                list: "query";
                /** @constant */
                listOfOrganization: "query";
                /** @constant */
                mine: "query";
                /** @constant */
                overview: "query";
                /** @constant */
                update: "mutation";
                /** @constant */
                view: "query";
            };
            rotations: {
                /** @constant */
                end: "mutation";
                /** @constant */
                rotate: "mutation";
            };
            server: {
                /** @constant */
                auditKey: "query";
                /** @constant */
                console: "query";
                /** @constant */
                spec: "query";
                /** @constant */
                version: "query";
            };
            userKeys: {
                /** @constant */
                create: "mutation";
                /** @constant */
                createOnce: "mutation";
                /** @constant */
                details: "query";
                /** @constant */
                list: "query";
                /** @constant */
                page: "query";
                /** @constant */
                rename: "mutation";
                /** @constant */
                revoke: "mutation";
                /** @constant */
                view: "query";
            };
            users: {
                /** @constant */
                list: "query";
                /** @constant */
                me: "query";
                /** @constant */
                page: "query";
                /** @constant */
                update: "mutation";
                /** @constant */
                view: "query";
            };
            verification: {
                /** @constant */
                introspect: "mutation";
                /** @constant */
                recentUsage: "query";
                /** @constant */
                usage: "query";
                /** @constant */
                verify: "query";
                /** @constant */
                verifyOfProject: "query";
            };
            whoami: {
                /** @constant */
                revoke: "mutation";
                /** @constant */
                rotate: "mutation";
                /** @constant */
                view: "query";
            };
        };
        Usage: {
            address: string | null;
            days: {
                calls: number;
                /** Format: date */
                day: string;
            }[];
            last_used: components["schemas"]["Time"] | null;
        };
        User: {
            admin: boolean;
            /**
             * @description An e-mail address, in lower case.
             * @example ada@example.com
             */
            email: string;
            /**
             * @description false: the user gets no mails before keys end. Absent while they get them.
             * @constant
             */
            expiration_mails?: false;
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
            /** @description When it was revoked. Absent while the key is active. */
            revoked?: components["schemas"]["Time"];
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
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
