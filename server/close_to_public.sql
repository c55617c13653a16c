-- What PostgreSQL grants to everybody by itself: our functions, and tables for a session, which fill the disk.
-- Ours only: where a superuser owns the database, PostgreSQL's and PostGIS's functions are the owner's too.
DO $$
DECLARE
    ours regprocedure;
BEGIN
    FOR ours IN
        SELECT p.oid FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
        WHERE (n.nspname IN ('geo', 'layers', 'published') OR p.proname LIKE 'procrastinate\_%')
            AND pg_has_role(current_user, p.proowner, 'USAGE')
            AND has_function_privilege('public', p.oid, 'EXECUTE')
            AND NOT EXISTS (
                SELECT FROM pg_depend d
                WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
            )
    LOOP
        -- A routine: our own may be procedures too.
        EXECUTE format('REVOKE EXECUTE ON ROUTINE %s FROM PUBLIC', ours);
    END LOOP;
    -- Whoever owns the database keeps the right; an administrator's database is the administrator's business.
    IF has_database_privilege('public', current_database(), 'TEMPORARY')
        AND current_user = (SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database())
    THEN
        EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
    END IF;
END
$$
