include(GNUInstallDirs)

set(packaging ${CMAKE_SOURCE_DIR}/packaging)

foreach(program tiller tiller-cli)
  if(TARGET ${program})
    install(TARGETS ${program} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
  endif()
endforeach()

install(FILES ${CMAKE_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES ${packaging}/tiller-cli.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)

if(TARGET tiller)
  install(FILES ${packaging}/tiller.desktop DESTINATION ${CMAKE_INSTALL_DATADIR}/applications)
  install(FILES ${packaging}/io.github.tiller.tiller.metainfo.xml DESTINATION ${CMAKE_INSTALL_DATADIR}/metainfo)
  install(FILES ${packaging}/tiller.svg DESTINATION ${CMAKE_INSTALL_DATADIR}/icons/hicolor/scalable/apps)
endif()
