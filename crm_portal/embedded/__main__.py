from crm_portal.embedded.launcher import main

main()
