CREATE INDEX `decisions_reasons` ON `decisions` (`reasons`);--> statement-breakpoint
CREATE INDEX `decisions_approved` ON `decisions` (`seq`) WHERE status = 'approved';