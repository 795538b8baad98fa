-- The retention looks for the oldest events that still have their content.
CREATE INDEX "audit_events_at_idx" ON "audit_events"("at") WHERE ("line" IS NOT NULL);
